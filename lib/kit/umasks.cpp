#include "lib/kit/umasks.hpp"

#include <sys/stat.h>

#include <cstdlib>

namespace smtpd {

std::vector<ServerMask> masks_of_server(const Connection& conn) {
  std::vector<ServerMask> masks;
  if (const auto* const told = conn.notes.get(note::umasks)) {
    for (const std::string& text : *told) {
      constexpr int octal = 8;
      const auto blank = text.find(' ');
      masks.push_back({.mask = static_cast<unsigned>(std::strtoul(text.c_str(), nullptr, octal)),
                       .where = blank == text.npos ? text : text.substr(blank + 1)});
    }
    return masks;
  }
  const mode_t mask = ::umask(0);  // there is no other way to ask for it
  ::umask(mask);
  masks.push_back({.mask = mask, .where = "the umask of this process"});
  return masks;
}

}  // namespace smtpd
