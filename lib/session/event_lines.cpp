#include "lib/session/event_lines.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "lib/base/text.hpp"
#include "lib/mail/trace.hpp"
#include "lib/smtp/path_command.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest_value = 200;   // octets of what a client said
constexpr std::size_t longest_reply = 1000;  // octets of it
constexpr std::size_t most_shown = 3;        // recipients

std::string cut(std::string_view text) { return printable(text.substr(0, longest_value)); }

/// `550 5.7.1 first line / second line`.
std::string one_line(const Reply& reply) {
  std::string text = codes_of(reply) + ' ';
  for (const char c : std::string_view(reply.text).substr(0, longest_reply)) {
    if (c == '\n') {
      text += " / ";
    } else {
      text += c;
    }
  }
  return printable(text);
}

/// The first ones with commas between, and `+N` for N more.
std::string first_of(std::span<const Recipient> recipients) {
  std::string text;
  for (const Recipient& each : recipients.first(std::min(recipients.size(), most_shown)))
    text.append(text.empty() ? "" : ",").append(cut(each.address.text()));
  if (recipients.size() > most_shown)
    text.append(",+").append(std::to_string(recipients.size() - most_shown));
  return text;
}

/// The path that the client named; what stands behind its verb where that cannot be read.
std::string path_in(std::string_view what, std::string_view said) {
  const auto command = parse_path_command(said, what == "mail" ? "FROM" : "TO");
  return cut(command ? std::string_view(command->path) : said);
}

std::string address_of(const RefusedThing& refused) {
  if (refused.what == "mail" || refused.what == "rcpt") return path_in(refused.what, refused.said);
  if (refused.what == "data" && refused.txn) return first_of(refused.txn->recipients);
  return cut(refused.said);
}

std::string message_id(const Transaction* txn) {
  return txn ? cut(trim(txn->header.get("Message-Id").value_or(""))) : std::string();
}

std::string sender_of(const Transaction* txn) {
  return txn && txn->sender ? cut(txn->sender->text()) : std::string();
}

/// Who has taken the message: the hook queue as a rule; a plugin may answer earlier.
std::string_view queue_of(const Host& host, const Transaction& txn) {
  const std::string_view queue = txn.results.plugin(Hook::queue, Verdict::ok);
  return queue.empty() ? host.refusals().last() : queue;
}

}  // namespace

std::string codes_of(const Reply& reply) {
  std::string text = std::to_string(reply.code);
  if (const auto& code = reply.enhanced) {
    text.append(" ").append(std::to_string(code->major));
    text.append(".").append(std::to_string(code->subject));
    text.append(".").append(std::to_string(code->detail));
  }
  return text;
}

std::string client_text(const Connection& conn) {
  std::string address = '[' + literal(conn.remote_ip) + ']';
  const std::string& info = conn.remote_info;
  if (info.ends_with(address)) return info;
  if (info != "unknown" && info != conn.remote_ip) address.insert(0, info + ' ');
  return address;
}

void log_refusal(Host& host, const RefusedThing& refused, const Reply& reply) {
  if (!host.log().wants(Level::notice)) return;
  const std::array fields{
      LogField{"what", std::string(refused.what)},
      LogField{"address", address_of(refused)},
      LogField{"from", sender_of(refused.txn)},
      LogField{"client", host.conn().remote_ip},
      LogField{"message-id", message_id(refused.txn)},
      LogField{"plugin", std::string(host.refusals().last())},
      LogField{.name = "reply", .value = one_line(reply), .is_text = true},
  };
  host.log().log_fields(Level::notice, {.name = "refused"}, fields);
}

void log_message(Host& host, const AcceptedMessage& message, const Reply& reply) {
  if (!host.log().wants(Level::notice)) return;
  const Transaction& txn = message.txn;
  const Connection& conn = host.conn();
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  const bool known = conn.authentication.state == Authentication::State::passed;
  const std::array fields{
      LogField{"client", conn.remote_ip},
      LogField{"from", sender_of(&txn)},
      LogField{"recipients", number(txn.recipients.size()), true},
      LogField{"to", first_of(txn.recipients)},
      LogField{"bytes", number(message.octets), true},
      LogField{"message-id", message_id(&txn)},
      LogField{"user", known ? cut(conn.authentication.user) : std::string()},
      LogField{"tls", conn.tls ? conn.tls->protocol : std::string()},
      LogField{"queue", std::string(queue_of(host, txn))},
      LogField{"place", txn.places.text()},
      LogField{"milliseconds", number(static_cast<std::uint64_t>(message.duration.count())), true},
      LogField{.name = "reply", .value = one_line(reply), .is_text = true},
  };
  host.log().log_fields(Level::notice, {.name = "message"}, fields);
}

}  // namespace smtpd
