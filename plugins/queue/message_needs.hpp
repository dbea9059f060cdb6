#pragma once
/// What a message needs of the server that it is handed to.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"
#include "lib/mail/header_list.hpp"
#include "lib/plugin/transaction.hpp"

namespace smtpd {

/// What the message asks of a server that takes it. Fields that were added on the way here ask for
/// nothing.
struct Needs {
  bool eight_bit = false;       ///< an octet above 127 somewhere
  bool utf8 = false;            ///< SMTPUTF8
  std::uint64_t wire_size = 0;  ///< octets with CRLF as line ends, without stuffed dots
};

/// Errors: io (the body cannot be read).
std::expected<Needs, Error> needs_of(const Transaction& txn);
/// The header with its blank line. Added fields go as ASCII where the others do.
std::string header_text(const HeaderList& header, Charset added);
/// An octet above 127.
bool has_eight_bits(std::string_view text);

}  // namespace smtpd
