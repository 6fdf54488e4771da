// tidegate.hpp: everything of tidegate::core. io/ and observe/ are included by name.
#pragma once

#include "tidegate/base/config.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/memory/memory_options.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/ring/ring_options.hpp"
#include "tidegate/ring/spsc_ring.hpp"
#include "tidegate/wait/event_count.hpp"
#include "tidegate/wait/wait_point.hpp"
#include "tidegate/wait/wait_strategy.hpp"
