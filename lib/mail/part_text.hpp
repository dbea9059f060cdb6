#pragma once
/// What a text part says, as UTF-8: its character set taken off, and HTML's encodings.
#include <string>
#include <string_view>

#include "lib/base/export.hpp"
#include "lib/mail/mime.hpp"

namespace smtpd {

/// The text of a part of type text/plain or text/html, as far as names and addresses in it need it.
/// UTF-16 and the sets that have ASCII and Latin letters become UTF-8, any other set stays as it
/// is. After UTF-16 the text stands once more, as octets without NULs. HTML's tags stay, see
/// html_as_text().
SMTPD_API std::string part_text(std::string octets, const ContentType& content);

/// HTML with its character references as UTF-8. After it, a line each, stand the quoted attribute
/// values that have tabs or line ends in them, without those, as browsers read addresses.
SMTPD_API std::string html_as_text(std::string_view html);

}  // namespace smtpd
