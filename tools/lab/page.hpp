// page.hpp: the results of the lab as one HTML page, and as a picture for documents.
#pragma once

#include <filesystem>

#include "lab/results.hpp"

namespace tidegate::lab {

/// Throws pump::failure when it cannot be written.
void write_page(const results& of, const std::filesystem::path& path);

/// Depth, p99, useful throughput and memory over time, of the rows of the first scenario, as SVG. Throws likewise.
void write_picture(const results& of, const std::filesystem::path& path);

}  // namespace tidegate::lab
