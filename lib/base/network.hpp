#pragma once
/// IP addresses and networks, as administrators write them in lists of clients.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/export.hpp"

namespace smtpd {

/// An IPv4 or IPv6 address in network order.
struct IpAddress {
  bool v6 = false;
  std::array<unsigned char, 16> octets{};  ///< IPv4 uses the first four
  /// `192.0.2.1` or `2001:db8::1`; none if it is neither.
  SMTPD_API static std::optional<IpAddress> parse(std::string_view text);
  /// The same text for every spelling: IPv6 in lower case, shortened (RFC 5952).
  SMTPD_API std::string text() const;
  /// The prefixes of whole octets or groups that contain it, the longest first: `192.0.2.`,
  /// `192.0.`, `192.`; `2001:db8:0:0:0:0:0:`, ..., `2001:`.
  SMTPD_API std::vector<std::string> prefixes() const;
  /// ::ffff:192.0.2.7 as 192.0.2.7 (RFC 4291 2.5.5.2); any other address as it is.
  SMTPD_API IpAddress unmapped() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// 127.0.0.0/8 and ::1.
SMTPD_API bool is_loopback(const IpAddress& address);

/// Equal in the first 24 bits, of IPv6 in the first 64.
SMTPD_API bool are_neighbours(const IpAddress& one, const IpAddress& other);

/// All addresses that begin with the same bits.
class SMTPD_API Network {
 public:
  /// An address; an address and a prefix length (`192.0.2.0/24`, bits behind it may be anything);
  /// or qpsmtpd's prefix of whole octets or groups with its separator (`192.0.`, `2001:db8:`). None
  /// if it is none of these.
  static std::optional<Network> parse(std::string_view text);
  bool contains(const IpAddress& address) const;

 private:
  IpAddress base_;
  unsigned bits_ = 0;
};

}  // namespace smtpd
