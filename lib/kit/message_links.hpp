#pragma once
/// What the links of a message lead to, as block lists are asked about it: registered domains and
/// addresses.
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/base/export.hpp"
#include "lib/base/network.hpp"
#include "lib/mail/body.hpp"
#include "lib/mail/header_list.hpp"

namespace smtpd {

struct LinkSearch {
  /// Also in the fields that the sender wrote, but for those that say which way the message came
  /// and which one it answers.
  enum class Fields : std::uint8_t { no, yes } fields = Fields::no;
  /// True for a host, in A-labels, that is left out.
  std::function<bool(std::string_view name)> is_exempt = {};
};

/// What was found, each once, in the order of the message.
struct SMTPD_API MessageLinks {
  static constexpr std::size_t max_text = 262'144;  ///< octets of decoded text that are read
  static constexpr std::size_t max_hosts = 50;      ///< domains and addresses together

  std::vector<std::string> domains = {};  ///< registered ones, lower case, A-labels
  std::vector<IpAddress> addresses = {};
  bool more_text = false, more_hosts = false;  ///< a bound was reached, and there was more
  bool more_parts = false;                     ///< MimeReader::max_depth was reached
  /// Why names could not be judged; then some of them are missing.
  std::optional<Error> trouble = {};
};

/// Reads the parts text/plain and text/html of a message, whatever their disposition. Errors: io
/// (the body cannot be read).
SMTPD_API std::expected<MessageLinks, Error> find_message_links(const HeaderList& header,
                                                                const Body& body,
                                                                const LinkSearch& search = {});

}  // namespace smtpd
