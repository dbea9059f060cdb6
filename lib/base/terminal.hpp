#pragma once
/// What a program may do to its standard output.
#include <unistd.h>

#include <cstdlib>

namespace smtpd {

/// True if standard output is a terminal and nobody has said NO_COLOR (https://no-color.org).
inline bool may_use_colours() {
  const char* const no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (!no_color || *no_color == '\0');
}

}  // namespace smtpd
