#include "lab/page.hpp"

namespace tidegate::lab {

void write_page(const results&, const std::filesystem::path&) {}
void write_picture(const results&, const std::filesystem::path&) {}

}  // namespace tidegate::lab
