#include "lib/kit/secrets.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "lib/base/directory.hpp"
#include "lib/base/freer.hpp"

namespace smtpd {

bool everybody_can_read(const std::string& path) {
  const std::unique_ptr<char, Freer<std::free>> real(::realpath(path.c_str(), nullptr));
  if (!real) return false;
  std::string place = real.get();
  const auto file = status_of(place);
  if (!file || !S_ISREG(file->st_mode) || (file->st_mode & S_IROTH) == 0) return false;
  while (place.size() > 1) {
    place.resize(std::max<std::size_t>(place.rfind('/'), 1));
    const auto directory = status_of(place);
    if (!directory || (directory->st_mode & S_IXOTH) == 0) return false;
  }
  return true;
}

std::string open_secret(std::string_view path, std::string_view what) {
  std::string text(path);
  text.append(": every user of this machine can read it, and it holds ").append(what);
  return text.append("; chmod 640 with the server's group, or 600 if it is the server's own");
}

void check_secrecy(PluginContext& ctx, std::string_view key, std::string_view what) {
  std::string_view last;
  for (const ConfigLine& line : ctx.config(key)) {
    if (line.file == last) continue;
    last = line.file;
    if (everybody_can_read(std::string(last))) ctx.problem(open_secret(last, what));
  }
}

}  // namespace smtpd
