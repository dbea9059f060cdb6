#pragma once
/// What each verdict of each hook becomes on the wire: the one table of the whole server.
#include <optional>
#include <string_view>

#include "lib/plugin/hook.hpp"
#include "lib/smtp/reply.hpp"
#include "lib/smtp/result.hpp"

namespace smtpd {

/// What follows from a command or from what plugins say about it.
struct Consequence {
  std::optional<Reply> reply = {};  ///< none: the core goes on, or a plugin has said it all
  bool go_on = false;               ///< accepted so far: the core does what the verb is for
  bool reset = false;               ///< the transaction ends, before the reply
  bool close = false;               ///< the session ends, after the reply
};

/// The consequence of a result. `subject` stands in the table's texts for `{}`: an address, the
/// server's name, a greeting.
Consequence settle(Hook hook, const Result& result, std::string_view subject = {});

/// Puts the path that is refused before a text that does not have its address in it. Who reads a
/// bounce knows no other context.
void name_address(std::string& text, std::string_view path);

/// Gives a reply its enhanced code: one that ends its text in qpsmtpd's form ` (#5.7.1)`, or the
/// fallback. Its class becomes that of the reply code (RFC 2034 4).
void enhance(Reply& reply, const EnhancedCode& fallback);
/// The same for a refusal of a plugin. Its reply code becomes that of missing room (552, 452) or of
/// trouble of our own (451) where the enhanced code says so.
void enhance_refusal(Reply& reply, const EnhancedCode& fallback);

}  // namespace smtpd
