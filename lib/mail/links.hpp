#pragma once
/// The hosts of the links in a text, in the forms that mail clients and browsers follow: written
/// out, encoded, or as numbers (RFC 3986, WHATWG URL).
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/export.hpp"
#include "lib/base/network.hpp"

namespace smtpd {

/// What a link leads to: either a name or an address.
struct LinkHost {
  std::string name = {};  ///< of at least two labels, lower case; may have UTF-8 or other octets
  std::optional<IpAddress> address = {};
  /// False for what stands in a text without a scheme or `www.` in front, and is a host only if its
  /// last label is a top-level domain.
  bool certain = true;
};

/// Called for each in the order of the text, for some more than once; false ends the search.
using LinkTaker = std::function<bool(LinkHost host)>;

/// Looks through a text of any octets; names that are no ASCII are found if it is UTF-8. In time
/// that grows with its length alone. False if `take` has ended it.
///
/// Found are `scheme://host` with any scheme and any number of slashes, the host being a name, an
/// IPv6 literal, or a number in 1 to 4 parts, each decimal, octal or hexadecimal; userinfo and port
/// do not belong to it. Then `name.tld`, also behind `@`. All of it again in the text with its
/// percent-encodings taken off.
SMTPD_API bool find_links(std::string_view text, const LinkTaker& take);

/// The IPv4 address that browsers read in a host made of numbers; none if there is none.
SMTPD_API std::optional<IpAddress> address_of_numbers(std::string_view host);
/// True if the last label is a number, so that the host is an address or nothing.
SMTPD_API bool is_number_host(std::string_view host);

}  // namespace smtpd
