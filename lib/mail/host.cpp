#include "lib/mail/host.hpp"

#include <algorithm>

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "lib/mail/address.hpp"

namespace smtpd {

std::string as_host(std::string_view text) {
  const auto mailbox =
      Address::parse_utf8("<x@" + std::string(text) + '>', Address::Grammar::strict);
  if (mailbox && mailbox->user() == "x")
    return is_ascii(text) ? std::string(text) : mailbox->host();
  constexpr std::size_t longest_label = 63;  // RFC 1035 2.3.4
  std::string host;
  for (const std::string_view part : split(text, '.')) {
    std::string label(part.substr(0, longest_label));
    std::ranges::replace_if(label, [](char c) { return !is_alnum(c); }, '-');
    const auto begin = label.find_first_not_of('-');
    if (begin == label.npos) continue;
    host.append(host.empty() ? "" : ".");
    host.append(label, begin, label.find_last_not_of('-') + 1 - begin);
  }
  return host.empty() ? "localhost" : host;
}

}  // namespace smtpd
