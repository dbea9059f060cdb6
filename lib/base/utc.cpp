#include "lib/base/utc.hpp"

namespace smtpd {

std::tm utc(WallTime when) {
  using namespace std::chrono;
  const auto midnight = floor<days>(when);
  const year_month_day date{midnight};
  const hh_mm_ss time{floor<seconds>(when - midnight)};
  std::tm parts{};
  parts.tm_year = static_cast<int>(date.year()) - 1900;
  parts.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  parts.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  parts.tm_hour = static_cast<int>(time.hours().count());
  parts.tm_min = static_cast<int>(time.minutes().count());
  parts.tm_sec = static_cast<int>(time.seconds().count());
  parts.tm_wday = static_cast<int>(weekday(midnight).c_encoding());
  parts.tm_yday = static_cast<int>((midnight - sys_days(date.year() / January / 1)).count());
  parts.tm_zone = "UTC";
  return parts;
}

}  // namespace smtpd
