// rows.hpp: rows of the program's own scenarios, for tests.
#pragma once

#include <stdexcept>
#include <string>

#include "lab/scenario_file.hpp"

namespace tidegate::lab {

inline const row& row_of(const char* id, const std::string& name) {
  for (const scenario& each : own_scenarios()) {
    for (const row& one : each.rows) {
      if (each.id == id && one.name == name) return one;
    }
  }
  throw std::runtime_error("no row " + name);
}

}  // namespace tidegate::lab
