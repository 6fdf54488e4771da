#include "observe/counters_format.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

#include "observe/counters_fields.hpp"

namespace tidegate::detail {
namespace {

constexpr std::size_t word_bytes = 8;
constexpr std::size_t number_count = std::size(columns::numbers) + loss_kinds;
constexpr std::size_t field_count = std::size(columns::texts) + number_count;
constexpr std::size_t header_bytes = sizeof(counters_header) + field_count * sizeof(counters_field_entry);
constexpr std::size_t head_bytes = sizeof(counters_frame_head);

constexpr std::size_t row_size() {
  std::size_t bytes = word_bytes + number_count * word_bytes;
  for (const columns::text_column& each : columns::texts) bytes += each.length;
  return bytes;
}
constexpr std::size_t row_bytes = row_size();

template <class Value>
void store(std::byte* to, const Value& value) noexcept {
  std::memcpy(to, &value, sizeof value);
}

template <class Value>
Value load(const std::byte* from) noexcept {
  Value value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <std::size_t Length>
void store_name(std::array<char, Length>& to, std::string_view text) noexcept {
  std::memcpy(to.data(), text.data(), std::min(text.size(), Length - 1));
}

template <std::size_t Length>
std::string load_name(const std::array<char, Length>& from) {
  return std::string(from.data(), ::strnlen(from.data(), Length));
}

/// The checksum of a part that holds its own, at `offset`.
std::uint64_t checksum_around(std::span<const std::byte> part, std::size_t offset) noexcept {
  constexpr std::array<std::byte, word_bytes> nothing{};
  const std::uint64_t before = counters_checksum(part.first(offset), 0);
  return counters_checksum(part.subspan(offset + word_bytes), counters_checksum(nothing, before));
}

void encode_row(std::span<std::byte> row, const pressure& of, std::uint64_t salt) noexcept {
  std::byte* to = row.data() + word_bytes;
  for (const columns::text_column& each : columns::texts) {
    const std::string_view text = each.text(of);
    const std::size_t shown = std::min<std::size_t>(text.size(), each.length - 1);
    std::memcpy(to, text.data(), shown);
    std::memset(to + shown, 0, each.length - shown);
    to += each.length;
  }
  for (const columns::number_column& each : columns::numbers) {
    store(to, each.bits(of));
    to += word_bytes;
  }
  for (const std::uint64_t lost : of.losses) {
    store(to, lost);
    to += word_bytes;
  }
  store(row.data(), counters_checksum(row.subspan(word_bytes), salt));
}

// --- reading: nothing is believed before it is checked

struct verdict {
  counters_errc code{};
  const char* why = nullptr;
};

/// The fixed part of the header, and whether its numbers can be true of a file of this size.
verdict check_header(const counters_header& header, std::size_t file_bytes) noexcept {
  const auto whole_words = [](std::uint32_t bytes) { return bytes % word_bytes == 0; };
  if (header.magic != counters_magic) return {counters_errc::not_counters, "not a counters file"};
  if (header.byte_order != counters_byte_order) return {counters_errc::other_version, "of another byte order"};
  if (header.version != counters_version) return {counters_errc::other_version, "of another version"};
  if (header.fixed_bytes < sizeof(counters_header) || header.field_bytes < sizeof(counters_field_entry) ||
      header.head_bytes < head_bytes || header.row_bytes < 2 * word_bytes) {
    return {counters_errc::damaged, "a part of it is too small"};
  }
  if (header.fields == 0 || header.fields > most_counters_fields || header.most_rows == 0 ||
      header.most_rows > most_counters_rows) {
    return {counters_errc::damaged, "more rows or fields than any counters file has, or none"};
  }
  for (const std::uint32_t bytes :
       {header.fixed_bytes, header.field_bytes, header.header_bytes, header.head_bytes, header.row_bytes}) {
    if (bytes > most_counters_bytes || !whole_words(bytes)) return {counters_errc::damaged, "a length is impossible"};
  }
  const std::uint64_t described = header.fixed_bytes + std::uint64_t{header.fields} * header.field_bytes;
  if (header.header_bytes < described) return {counters_errc::damaged, "its fields do not fit into its header"};
  const std::uint64_t frame = header.head_bytes + std::uint64_t{header.most_rows} * header.row_bytes;
  const std::uint64_t promised = header.header_bytes + 2 * frame;
  if (promised > most_counters_bytes) return {counters_errc::damaged, "larger than any counters file"};
  if (promised > file_bytes) return {counters_errc::truncated, "shorter than it says"};
  return {};
}

/// One column, checked; false when no reader could follow it.
bool read_field(const std::byte* at, std::size_t row_limit, counters_field& field) {
  const auto entry = load<counters_field_entry>(at);
  field = {load_name(entry.name),
           load_name(entry.unit),
           static_cast<counters_kind>(entry.kind),
           static_cast<counters_type>(entry.type),
           entry.offset,
           entry.length};
  const auto is_plain = [](char letter) { return letter > ' ' && letter <= '~'; };
  const bool named = !field.name.empty() && field.name.size() < entry.name.size() &&
                     field.unit.size() < entry.unit.size() && std::ranges::all_of(field.name, is_plain) &&
                     std::ranges::all_of(field.unit, is_plain);
  const bool known = entry.kind >= 1 && entry.kind <= 3 && entry.type >= 1 && entry.type <= 3;
  const bool text = field.type == counters_type::text;
  const bool sized = text ? entry.length > 0 && entry.length % word_bytes == 0 : entry.length == word_bytes;
  const bool inside = entry.offset >= word_bytes && entry.offset % word_bytes == 0 && entry.length <= row_limit &&
                      entry.offset <= row_limit - entry.length;
  return named && known && sized && inside;
}

verdict read_fields(std::span<const std::byte> image, const counters_header& header,
                    std::vector<counters_field>& fields) {
  fields.resize(header.fields);
  for (std::size_t index = 0; index < fields.size(); ++index) {
    const std::size_t at = header.fixed_bytes + index * header.field_bytes;
    if (!read_field(image.data() + at, header.row_bytes, fields[index])) {
      return {counters_errc::damaged, "a field lies outside its row, or has no name or an unknown type"};
    }
  }
  return {};
}

/// Of one frame: its head if that is whole, and its rows with the verdict on each.
struct frame_view {
  counters_frame_head head;
  std::span<const std::byte> rows;
  std::vector<bool> whole_rows;
  [[nodiscard]] bool written() const noexcept { return head.sequence != 0; }
  [[nodiscard]] bool whole() const { return written() && std::ranges::find(whole_rows, false) == whole_rows.end(); }
};

frame_view read_frame(std::span<const std::byte> frame, const counters_header& header) {
  frame_view view;
  const auto head = load<counters_frame_head>(frame.data());
  const std::uint64_t sum = checksum_around(frame.first(header.head_bytes), offsetof(counters_frame_head, checksum));
  if (head.sequence == 0 || head.rows > header.most_rows || sum != head.checksum) return view;
  view.head = head;
  const auto count = static_cast<std::size_t>(head.rows);
  view.rows = frame.subspan(header.head_bytes, count * header.row_bytes);
  view.whole_rows.resize(count);
  for (std::size_t row = 0; row < count; ++row) {
    const auto bytes = view.rows.subspan(row * header.row_bytes, header.row_bytes);
    const std::uint64_t expected = counters_checksum(bytes.subspan(word_bytes), row_salt(head.sequence, row));
    view.whole_rows[row] = load<std::uint64_t>(bytes.data()) == expected;
  }
  return view;
}

/// The newer one that is whole; when neither is, the newer one that has a head.
frame_view choose_frame(frame_view one, frame_view other) {
  if (one.whole() != other.whole()) return one.whole() ? std::move(one) : std::move(other);
  return one.head.sequence > other.head.sequence ? std::move(one) : std::move(other);
}

void fail(counters_snapshot& into, const verdict& found) {
  into = {};
  into.error = found.code;
  into.problem = found.why;
}

}  // namespace

std::uint64_t counters_checksum(std::span<const std::byte> words, std::uint64_t start) noexcept {
  std::uint64_t sum = start ^ 0xcbf29ce484222325u;
  for (; words.size() >= word_bytes; words = words.subspan(word_bytes)) {
    sum = (sum ^ load<std::uint64_t>(words.data())) * 0x100000001b3u;
    sum ^= sum >> 32;
  }
  sum *= 0xff51afd7ed558ccdu;
  return sum ^ (sum >> 33);
}

std::vector<std::byte> encode_header(const counters_header& who, std::size_t most_rows) {
  counters_header header = who;
  header.fixed_bytes = sizeof(counters_header);
  header.field_bytes = sizeof(counters_field_entry);
  header.fields = static_cast<std::uint32_t>(field_count);
  header.header_bytes = static_cast<std::uint32_t>(header_bytes);
  header.head_bytes = static_cast<std::uint32_t>(head_bytes);
  header.row_bytes = static_cast<std::uint32_t>(row_bytes);
  header.most_rows = static_cast<std::uint32_t>(most_rows);
  std::vector<std::byte> bytes(header_bytes);
  store(bytes.data(), header);
  std::byte* to = bytes.data() + sizeof header;
  std::uint32_t offset = word_bytes;
  const auto add = [&](std::string_view name, std::string_view unit, std::uint32_t length, counters_kind kind,
                       counters_type type) {
    counters_field_entry entry;
    store_name(entry.name, name);
    store_name(entry.unit, unit);
    entry.offset = std::exchange(offset, offset + length);
    entry.length = length;
    entry.kind = static_cast<std::uint32_t>(kind);
    entry.type = static_cast<std::uint32_t>(type);
    store(to, entry);
    to += sizeof entry;
  };
  for (const columns::text_column& each : columns::texts) {
    add(each.name, "", each.length, counters_kind::label, counters_type::text);
  }
  for (const columns::number_column& each : columns::numbers)
    add(each.name, each.unit, word_bytes, each.kind, each.type);
  for (std::size_t kind = 0; kind < loss_kinds; ++kind) {
    add(to_string(static_cast<loss_kind>(kind)), columns::loss_unit, word_bytes, counters_kind::counter,
        counters_type::whole);
  }
  return bytes;
}

void seal_header(std::span<std::byte> header) noexcept {
  constexpr std::size_t at = offsetof(counters_header, checksum);
  store(header.data() + at, checksum_around(header, at));
}

std::size_t frame_bytes(std::size_t most_rows) noexcept { return head_bytes + most_rows * row_bytes; }

std::size_t encode_frame(std::span<std::byte> frame, std::span<const pressure> sample,
                         counters_frame_head head) noexcept {
  const std::size_t room = (frame.size() - head_bytes) / row_bytes;
  const std::size_t rows = std::min(room, sample.size());
  head.rows = rows;
  head.left_out = sample.size() - rows;
  store(frame.data(), head);
  constexpr std::size_t at = offsetof(counters_frame_head, checksum);
  store(frame.data() + at, checksum_around(frame.first(head_bytes), at));
  for (std::size_t row = 0; row < rows; ++row) {
    encode_row(frame.subspan(head_bytes + row * row_bytes, row_bytes), sample[row], row_salt(head.sequence, row));
  }
  return head_bytes + rows * row_bytes;
}

decoded_counters decode_counters(std::span<const std::byte> image, counters_snapshot& into) {
  into = {};
  decoded_counters found;
  if (image.size() < sizeof(counters_header)) {
    const bool ours = image.size() >= counters_magic.size() &&
                      std::memcmp(image.data(), counters_magic.data(), counters_magic.size()) == 0;
    fail(into, ours ? verdict{counters_errc::truncated, "shorter than its header"}
                    : verdict{counters_errc::not_counters, "not a counters file"});
    return found;
  }
  const auto header = load<counters_header>(image.data());
  verdict bad = check_header(header, image.size());
  if (bad.why == nullptr) {
    const std::size_t at = offsetof(counters_header, checksum);
    const bool sound = checksum_around(image.first(header.header_bytes), at) == header.checksum;
    bad = sound ? read_fields(image, header, into.fields) : verdict{counters_errc::damaged, "its header is damaged"};
  }
  if (bad.why != nullptr) {
    fail(into, bad);
    return found;
  }
  const std::size_t frame = header.head_bytes + std::size_t{header.most_rows} * header.row_bytes;
  frame_view chosen = choose_frame(read_frame(image.subspan(header.header_bytes, frame), header),
                                   read_frame(image.subspan(header.header_bytes + frame, frame), header));
  if (!chosen.written()) {
    fail(into, {counters_errc::half_written, "holds no whole sample"});
    return found;
  }
  found = {header, chosen.head, chosen.whole()};
  into.writer.name = load_name(header.process);
  into.writer.pid = header.pid;
  into.sequence = chosen.head.sequence;
  into.left_out = chosen.head.left_out;
  into.rows = chosen.whole_rows.size();
  into.row_bytes = header.row_bytes;
  into.bytes.assign(chosen.rows.begin(), chosen.rows.end());
  into.whole_rows = std::move(chosen.whole_rows);
  return found;
}

}  // namespace tidegate::detail
