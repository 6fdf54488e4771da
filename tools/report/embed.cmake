# Writes assets.cpp: `cmake -DOUTPUT=FILE -DPAGE_CSS=FILE -DPAGE_JS=FILE [-DCHART_JS=FILE] -P embed.cmake`.
set(text "// Made by embed.cmake.\n#include \"report/assets.hpp\"\n\nnamespace tidegate::report::assets {\n")
foreach(name page_css page_js chart_js)
  string(TOUPPER ${name} variable)
  if(NOT ${variable})
    string(APPEND text "\nstd::string_view ${name}() noexcept { return {}; }\n")
    continue()
  endif()
  file(READ ${${variable}} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "((0x..,){24})" "\\1\n" bytes "${bytes}")
  string(APPEND text "\nnamespace {\nconstexpr unsigned char ${name}_bytes[] = {\n${bytes}};\n}  // namespace\n"
    "std::string_view ${name}() noexcept {\n"
    "  return {reinterpret_cast<const char*>(${name}_bytes), sizeof ${name}_bytes};\n}\n")
endforeach()
string(APPEND text "\n}  // namespace tidegate::report::assets\n")
file(WRITE ${OUTPUT} "${text}")
