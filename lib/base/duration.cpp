#include "lib/base/duration.hpp"

#include <cstdint>
#include <string>

#include "lib/base/text.hpp"

namespace smtpd {

std::optional<milliseconds> to_duration(std::string_view text) {
  constexpr std::uint64_t day = 86'400;
  const auto dot = text.find('.');
  const auto whole = to_number(text.substr(0, dot));
  if (!whole || *whole > day) return {};
  std::uint64_t thousandths = 0;
  if (dot != text.npos) {
    std::string fraction(text.substr(dot + 1));
    if (fraction.empty() || !to_number(fraction)) return {};
    fraction.resize(3, '0');
    thousandths = *to_number(fraction);
  }
  if (*whole == day && thousandths > 0) return {};
  return milliseconds(static_cast<std::int64_t>(*whole * 1000 + thousandths));
}

}  // namespace smtpd
