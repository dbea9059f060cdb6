#pragma once
/// Which servers are asked, and for how long: config resolver, else /etc/resolv.conf, else
/// 127.0.0.1.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/network.hpp"
#include "lib/services/config.hpp"

namespace smtpd::dns {

/// As in resolv.conf(5).
inline constexpr std::size_t most_servers = 3;

struct Settings {
  struct Server {
    IpAddress address;
    std::uint16_t port = 53;
    /// `127.0.0.1`, `127.0.0.1:5353`, `[::1]:5353`.
    SMTPD_API std::string text() const;
    friend bool operator==(const Server&, const Server&) = default;
  };
  std::vector<Server> servers = {};  ///< one to most_servers, asked in this order
  milliseconds timeout{2000};        ///< of a first attempt; each further one has twice as long
  unsigned attempts = 2;             ///< for each server
  bool trust_ad = false;             ///< AD also of servers that are not on the loopback
  std::size_t questions = 500;       ///< of a transaction
  std::string origin = {};           ///< what names the servers: a file, or `default`
};

/// Errors: config (a line that is wrong, with the nearest word), io.
SMTPD_API std::expected<Settings, Error> read_settings(
    Config& config, std::string_view resolv_conf = "/etc/resolv.conf");

}  // namespace smtpd::dns
