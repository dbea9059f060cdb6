#include "lib/base/host_name.hpp"

#include <unistd.h>

#include <array>

namespace smtpd {

std::string host_name() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0 || buffer[0] == '\0') return "localhost";
  return buffer.data();
}

}  // namespace smtpd
