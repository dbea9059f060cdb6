#include "lib/session/client_list.hpp"

#include "lib/base/network.hpp"
#include "lib/base/text.hpp"

namespace smtpd {

std::expected<std::optional<bool>, Error> is_listed(Config& config, std::string_view key,
                                                    std::string_view client) {
  const auto lines = config.lines(key);
  if (!lines) return std::unexpected(lines.error());
  std::optional<bool> listed;
  if ((*lines)->empty()) return listed;
  const auto address = IpAddress::parse(client);
  for (const ConfigLine& line : **lines) {
    listed = listed.value_or(false);
    if (equal_ignoring_case(line.text, "none")) continue;
    const auto network = Network::parse(line.text);
    if (line.text != "*" && !network)
      return std::unexpected(bad_value(line, key, "*, none, an address or a network"));
    if (!network || (address && network->contains(*address))) listed = true;
  }
  return listed;
}

}  // namespace smtpd
