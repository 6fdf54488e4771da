// What moves in a report: charts by Chart.js, if it is there; tables that sort. Numbers are printed as by unit.cpp.
(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('report-data').textContent);
  const root = document.documentElement;

  // ---- numbers ----
  const times = [[1e-9, ' ns'], [1e-6, ' µs'], [1e-3, ' ms'], [1, ' s']];
  const binary = (end) => ['', 'Ki', 'Mi', 'Gi', 'Ti'].map((name, i) => [2 ** (10 * i), ` ${name}B${end}`]);
  const decimal = (end) => ['', ' k', ' M', ' G', ' T'].map((name, i) => [1000 ** i, name + end]);
  const steps = {
    count: decimal(''), per_second: decimal('/s'), bytes: binary(''), bytes_per_second: binary('/s'),
    seconds: times, milliseconds: times, nanoseconds: times,
  };
  const factors = {milliseconds: 1e-3, nanoseconds: 1e-9};

  const inGroups = (value) => Math.round(value).toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');

  function threeDigits(plain) {
    const value = plain * (1 + 1e-12);
    if (value >= 999.5 && value < 1e15) return inGroups(value);
    if (value === 0 || (value >= 1e-4 && value < 999.5)) return String(Number(value.toPrecision(3)));
    const [digits, exponent] = value.toExponential(2).split('e');
    return `${Number(digits)}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }

  function formatPositive(plain, unit) {
    if (unit === 'exact') return plain === Math.round(plain) && plain < 1e15 ? inGroups(plain) : threeDigits(plain);
    if (unit === 'percent') return `${threeDigits(plain * 100)} %`;
    if (unit === 'ratio') return `${threeDigits(plain)}×`;
    const ladder = steps[unit];
    if (!ladder) return threeDigits(plain);
    if (plain === 0 && ladder === times) return '0 s';
    const value = plain * (factors[unit] || 1);
    const [factor, suffix] = ladder.filter((one) => value >= one[0] * 0.9995).pop() || ladder[0];
    return threeDigits(value / factor) + suffix;
  }

  function format(value, unit) {
    if (value === null || Number.isNaN(value)) return '–';
    return (value < 0 ? '-' : '') + (Number.isFinite(value) ? formatPositive(Math.abs(value), unit) : '∞');
  }

  // ---- tables ----
  function keyOf(row, column) {
    const place = row.cells[column];
    if (!place) return null;
    if (place.dataset.value !== undefined) return Number(place.dataset.value);
    return place.textContent === '–' ? null : place.textContent;
  }

  function compare(one, other) {
    if (typeof one === 'number' && typeof other === 'number') return one - other;
    return String(one).localeCompare(String(other), undefined, {numeric: true});
  }

  function sortBy(head) {
    const table = head.closest('table');
    const column = head.cellIndex;
    const falling = head.getAttribute('aria-sort') === 'ascending';
    for (const other of table.tHead.rows[0].cells) other.setAttribute('aria-sort', 'none');
    head.setAttribute('aria-sort', falling ? 'descending' : 'ascending');
    const rows = [...table.tBodies[0].rows].map((row) => ({row, key: keyOf(row, column)}));
    rows.sort((one, other) => {  // what is missing stays below
      if (one.key === null || other.key === null) return (one.key === null) - (other.key === null);
      return (falling ? -1 : 1) * compare(one.key, other.key);
    });
    table.tBodies[0].append(...rows.map((entry) => entry.row));
  }

  for (const button of document.querySelectorAll('th > button')) {
    button.addEventListener('click', () => sortBy(button.parentElement));
  }

  // ---- charts ----
  const charts = [];
  let inks = {};
  const ink = (name) => inks[name] || (inks[name] = getComputedStyle(root).getPropertyValue(`--${name}`).trim());
  const lineInk = (slot) => ink(`line-${slot % 8}`);
  const dashOf = (line) => (line.dashed ? [6, 4] : line.slot >= 8 ? [2, 3] : []);
  const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

  function scaleOf(axis, extra) {
    const text = (value) => {
      const index = axis.labels ? axis.ticks.indexOf(value) : -1;
      return index >= 0 ? axis.labels[index] : format(value, axis.unit);
    };
    return {
      type: axis.log ? 'logarithmic' : 'linear', min: axis.min, max: axis.max,
      afterBuildTicks: (scale) => { scale.ticks = axis.ticks.map((value) => ({value})); },
      title: {display: false, text: axis.title, color: ink('faint')},
      ticks: {color: ink('faint'), maxRotation: 0, autoSkipPadding: 10, callback: text},
      grid: {color: ink('grid'), borderColor: ink('faint'), tickColor: ink('faint')},
      ...extra,
    };
  }

  function drawStretches(chart, shaded, labelled) {
    const {ctx, chartArea: area, scales: {x}} = chart;
    for (const one of shaded) {
      const begin = Math.max(x.getPixelForValue(one.begin), area.left);
      const end = Math.min(x.getPixelForValue(one.end), area.right);
      if (!(end > begin)) continue;
      ctx.fillStyle = ink('shade');
      ctx.fillRect(begin, area.top, end - begin, area.height);
      ctx.fillStyle = ink('faint');
      ctx.textAlign = 'left';
      ctx.textBaseline = 'top';
      if (labelled) ctx.fillText(one.label, begin + 4, area.top + 3, end - begin - 6);
    }
  }

  function strokeAt(ctx, from, to) {
    ctx.beginPath();
    ctx.moveTo(...from);
    ctx.lineTo(...to);
    ctx.stroke();
  }

  // A label over whatever is drawn there.
  function write(ctx, text, x, y, align, colour) {
    ctx.textAlign = align;
    ctx.textBaseline = 'middle';
    ctx.strokeStyle = ink('paper');
    ctx.lineWidth = 3;
    ctx.lineJoin = 'round';
    ctx.strokeText(text, x, y);
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y);
  }

  function drawLimit(chart, axis, limit, upright) {
    const {ctx, chartArea: area} = chart;
    if (limit.value === null || (axis.log && limit.value <= 0)) return;
    const scale = upright ? chart.scales.x : chart.scales.y;
    const at = scale.getPixelForValue(limit.value);
    ctx.save();
    ctx.strokeStyle = ink('limit');
    ctx.lineWidth = 1.5;
    ctx.setLineDash([6, 4]);
    if (upright) strokeAt(ctx, [at, area.top], [at, area.bottom]);
    else strokeAt(ctx, [area.left, at], [area.right, at]);
    ctx.restore();
    if (!limit.label) return;
    if (!upright) write(ctx, limit.label, area.right - 4, at > area.top + 16 ? at - 8 : at + 9, 'right', ink('limit'));
    else write(ctx, limit.label, at, area.top - 9, at > (area.left + area.right) / 2 ? 'right' : 'left', ink('limit'));
  }

  function drawCross(chart, group) {
    const {ctx, chartArea: area, scales: {x}} = chart;
    if (group.x === null || group.x < x.min || group.x > x.max) return;
    const at = x.getPixelForValue(group.x);
    ctx.save();
    ctx.strokeStyle = ink('faint');
    ctx.lineWidth = 1;
    strokeAt(ctx, [at, area.top], [at, area.bottom]);
    ctx.restore();
  }

  function follow(group, x) {
    group.x = x;
    for (const chart of group.charts) chart.draw();
  }

  function tooltipOf(titleOf, labelOf) {
    return {
      backgroundColor: ink('text'), titleColor: ink('paper'), bodyColor: ink('paper'), displayColors: true,
      callbacks: {title: (items) => (items.length ? titleOf(items[0]) : ''), label: labelOf},
    };
  }

  function lineDataset(line) {
    const points = line.x.map((x, i) => ({x, y: line.y[i] === null ? NaN : line.y[i]})).filter((at) => at.x !== null);
    return {
      label: line.name, data: points, borderColor: lineInk(line.slot), backgroundColor: lineInk(line.slot),
      borderWidth: line.ours ? 3.2 : 1.7, borderDash: dashOf(line), pointRadius: points.length <= 40 ? 2.5 : 0,
      pointHitRadius: 6, pointHoverRadius: 4, clip: 5, order: line.ours ? 0 : 1,
    };
  }

  function lineChart(item, number, group) {
    const panel = item.panels[number];
    const quantile = (value) => `${Number((100 * (1 - 1 / value)).toPrecision(9))} %`;
    const xText = (value) => (item.kind === 'percentiles' ? quantile(value) : format(value, item.x.unit));
    return {
      type: 'line',
      data: {datasets: panel.lines.map(lineDataset)},
      options: {
        animation: false, maintainAspectRatio: false, parsing: false, normalized: true,
        interaction: {mode: 'nearest', axis: 'x', intersect: false},
        onHover: (event, active, chart) => follow(group, chart.scales.x.getValueForPixel(event.x)),
        layout: {padding: {top: 8, right: 14}},
        scales: {
          x: scaleOf(item.x), y: scaleOf(panel.y, {afterFit: (scale) => { scale.width = 72; }}),
        },
        plugins: {
          legend: {display: false},
          tooltip: tooltipOf((one) => xText(one.parsed.x),
                             (one) => `${one.dataset.label}: ${format(one.parsed.y, panel.y.unit)}`),
        },
      },
      plugins: [{
        beforeDatasetsDraw: (chart) => drawStretches(chart, item.shaded, number === 0),
        afterDatasetsDraw: (chart) => {
          for (const limit of panel.limits) drawLimit(chart, panel.y, limit, false);
          drawCross(chart, group);
        },
      }],
    };
  }

  function drawBarMarks(chart, item) {
    const {ctx, scales: {x, y}} = chart;
    const drawable = (value) => value !== null && (!item.value.log || value > 0);
    for (const limit of item.limits) drawLimit(chart, item.value, limit, true);
    item.bars.forEach((bar, i) => {
      const middle = y.getPixelForValue(i);
      let end = x.getPixelForValue(drawable(bar.value) ? bar.value : item.value.min);
      if (bar.spread && bar.spread.every(drawable)) {
        const [low, high] = bar.spread.map((value) => x.getPixelForValue(value));
        ctx.strokeStyle = ink('text');
        ctx.lineWidth = 1.5;
        strokeAt(ctx, [low, middle], [high, middle]);
        for (const side of [low, high]) strokeAt(ctx, [side, middle - 5], [side, middle + 5]);
        end = Math.max(end, high);
      }
      write(ctx, format(bar.value, item.value.unit), end + 6, middle, 'left', ink('text'));
    });
  }

  function barChart(item, narrow) {
    const drawable = (value) => value !== null && (!item.value.log || value > 0);
    return {
      type: 'bar',
      data: {
        labels: item.bars.map((bar) => bar.label),
        datasets: [{
          label: item.value.title, data: item.bars.map((bar) => (drawable(bar.value) ? bar.value : null)),
          backgroundColor: item.bars.map((bar) => (bar.ours ? lineInk(0) : `${lineInk(6)}99`)),
          barPercentage: 0.8, categoryPercentage: 0.9,
        }],
      },
      options: {
        animation: false, maintainAspectRatio: false, indexAxis: 'y',
        layout: {padding: {top: item.limits.length ? 18 : 4, right: 76}},
        scales: {
          x: scaleOf(item.value, {title: {display: true, text: item.value.title, color: ink('faint')}}),
          y: {
            grid: {display: false, borderColor: ink('faint')},
            ticks: {
              autoSkip: false, callback: (value, i) => shortened(item.bars[i].label, narrow ? 18 : 44),
              color: (tick) => (item.bars[tick.index] && item.bars[tick.index].ours ? lineInk(0) : ink('text')),
              font: (tick) => ({weight: item.bars[tick.index] && item.bars[tick.index].ours ? 'bold' : 'normal'}),
            },
          },
        },
        plugins: {
          legend: {display: false},
          tooltip: tooltipOf((one) => one.label, (one) => {
            const bar = item.bars[one.dataIndex];
            const spread = bar.spread ? ` (${bar.spread.map((v) => format(v, item.value.unit)).join(' … ')})` : '';
            return format(bar.value, item.value.unit) + spread;
          }),
        },
      },
      plugins: [{afterDatasetsDraw: (chart) => drawBarMarks(chart, item)}],
    };
  }

  function drawFigure(figure) {
    const item = data.sections[figure.dataset.section].items[figure.dataset.item];
    const group = {charts: [], x: null};
    figure.querySelectorAll('canvas').forEach((canvas, i) => {
      const narrow = canvas.parentElement.clientWidth < 520;
      const chart = new Chart(canvas,
                              item.kind === 'bars' ? barChart(item, narrow) : lineChart(item, i, group));
      canvas.onmouseleave = () => follow(group, null);
      group.charts.push(chart);
      charts.push(chart);
    });
    for (const button of figure.querySelectorAll('.legend button')) {
      const apply = () => {
        const shown = button.getAttribute('aria-pressed') === 'true';
        for (const chart of group.charts) {
          chart.data.datasets.forEach((set, i) => {
            if (set.label === button.textContent.trim()) chart.setDatasetVisibility(i, shown);
          });
          chart.update('none');
        }
      };
      button.onclick = () => {
        button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
        apply();
      };
      if (button.getAttribute('aria-pressed') === 'false') apply();
    }
  }

  function drawAll() {
    for (const chart of charts.splice(0)) chart.destroy();
    inks = {};
    if (window.Chart) {
      Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
      document.querySelectorAll('figure.live').forEach(drawFigure);
    }
    root.dataset.drawn = String(charts.length);
  }

  window.addEventListener('beforeprint', () => {
    root.classList.add('printing');
    drawAll();
  });
  window.addEventListener('afterprint', () => {
    root.classList.remove('printing');
    drawAll();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  window.tidegateReport = {format};
  drawAll();
})();
