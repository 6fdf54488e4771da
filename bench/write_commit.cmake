# Writes OUTPUT, a header with the commit of SOURCE_DIR, and touches it only when the commit has changed.
set(commit "unknown")
execute_process(
  COMMAND git describe --always --dirty --abbrev=12
  WORKING_DIRECTORY ${SOURCE_DIR}
  OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE failed ERROR_QUIET)
if(NOT failed)
  set(commit "${described}")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#pragma once
#include <string_view>
inline constexpr std::string_view generated_commit = "@commit@";
]])
