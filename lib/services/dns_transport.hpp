#pragma once
/// Carries questions to servers and answers back: the module smtpd-dns over c-ares, or a test's.
#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.hpp"
#include "lib/base/export.hpp"
#include "lib/services/dns_settings.hpp"

namespace smtpd::dns {

/// Octets of an answer that UDP may bring; what is longer comes through TCP (RFC 6891 6.2.5,
/// https://dnsflagday.net/2020/).
inline constexpr std::uint16_t udp_size = 1232;

class Transport {
 public:
  virtual ~Transport() = default;

  /// What has become of a message that was sent.
  struct Arrival {
    std::uint32_t ticket = 0;
    std::size_t server = 0;   ///< its place in the settings
    std::string octets = {};  ///< the answer, with the id and the question of the message
    std::string why = {};     ///< if there is none: `nobody answers there`
  };
  /// Sends a message to one server; a truncated answer is asked for again through TCP. Whether it
  /// ever comes is not known, so that the caller keeps the time. An answer that comes late still
  /// arrives. Does not wait.
  virtual void send(std::size_t server, std::string_view message, std::uint32_t ticket) = 0;
  /// What has come since the last call. Does not wait.
  virtual std::vector<Arrival> receive() = 0;
  /// Waits until something has come for receive(), but no longer. A signal may end it.
  virtual void wait(Deadline until) = 0;
  /// What to wait for, see io::Meanwhile. Valid until the next call of anything.
  virtual std::span<pollfd> descriptors() = 0;
  /// When something comes that no descriptor tells of; never in the real one.
  virtual Deadline due() { return Deadline::never(); }
};

}  // namespace smtpd::dns

/// What the module smtpd-dns has. Null where memory or descriptors are lacking. What is referred to
/// outlives it.
extern "C" SMTPD_API std::unique_ptr<smtpd::dns::Transport> smtpd_dns_transport(
    const smtpd::dns::Settings& settings, const smtpd::Clock& clock) noexcept;
