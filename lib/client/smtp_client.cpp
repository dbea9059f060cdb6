#include "lib/client/smtp_client.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

// Four times what RFC 5321 4.5.3.1.5 allows, and more lines than any EHLO has.
constexpr std::size_t longest_line = 2048, most_lines = 128;
constexpr std::size_t piece = 16 * 1024;  // octets of text in one write

std::unexpected<Error> no_smtp(std::string_view line) {
  constexpr std::size_t shown = 80;
  return std::unexpected(
      Error{Errc::syntax, "what it says is no SMTP: " + printable(line.substr(0, shown))});
}

/// Three digits, the first 2 to 5, then nothing, a blank or a hyphen; 0 if it is none.
int code_of(std::string_view line) {
  if (line.size() < 3 || !std::ranges::all_of(line.substr(0, 3), is_digit)) return 0;
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return 0;
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  return code >= 200 && code < 600 ? code : 0;
}

/// Takes `5.1.1` and the blank behind it off the text, if it is of the code's class.
std::optional<EnhancedCode> take_leading_code(std::string& text, int code) {
  const std::string_view word = std::string_view(text).substr(0, text.find_first_of(" \n"));
  const auto parts = split(word, '.');
  constexpr std::size_t most_digits = 3;  // RFC 3463 2
  if (parts.size() != 3) return {};
  std::array<int, 3> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto number = to_number(parts[i]);
    if (!number || parts[i].size() > most_digits) return {};
    numbers[i] = static_cast<int>(*number);
  }
  if (numbers[0] != code / 100) return {};
  text.erase(0, std::min(word.size() + 1, text.size()));
  return EnhancedCode{numbers[0], numbers[1], numbers[2]};
}

}  // namespace

std::string ServerReply::line() const {
  std::string whole = std::to_string(code);
  if (enhanced) {
    whole += ' ' + std::to_string(enhanced->major) + '.' + std::to_string(enhanced->subject) + '.' +
             std::to_string(enhanced->detail);
  }
  if (!text.empty()) whole += ' ' + text;
  std::ranges::replace(whole, '\n', ' ');
  return printable(whole);
}

Deadline SmtpClient::within(milliseconds patience) const {
  return earlier(clock_.after(patience), patience_.whole);
}

Exchange::Octets SmtpClient::line(Deadline deadline) {
  exchange_.limit({.deadline = deadline, .octets = longest_line});
  auto line = exchange_.line();
  if (!line && line.error().code == Errc::too_long)
    line.error().what = "a line of it has more than " + std::to_string(longest_line) + " octets";
  return line;
}

std::expected<void, Error> SmtpClient::write(std::string_view octets, milliseconds patience) {
  exchange_.limit({.deadline = within(patience)});
  return noted(exchange_.say(octets));
}

std::expected<ServerReply, Error> SmtpClient::reply(milliseconds patience) {
  if (refusal_) return *std::exchange(refusal_, {});
  auto answer = noted(read_reply(patience));
  // It cannot have taken what it has not heard.
  if (!answer || !exchange_.is_closed()) return answer;
  usable_ = false;
  if (answer->is_refusal()) return answer;
  return std::unexpected(Error{Errc::closed, "it has closed the connection"});
}

std::expected<ServerReply, Error> SmtpClient::read_reply(milliseconds patience) {
  const Deadline deadline = within(patience);
  ServerReply reply;
  for (std::size_t count = 0; count < most_lines; ++count) {
    const auto next = line(deadline);
    if (!next) return std::unexpected(next.error());
    const int code = code_of(*next);
    if (code == 0 || (reply.code != 0 && code != reply.code)) return no_smtp(*next);
    const bool last = next->size() == 3 || (*next)[3] == ' ';
    if (reply.code != 0) reply.text += '\n';
    reply.code = code;
    reply.text.append(*next, std::min<std::size_t>(next->size(), 4));
    if (!last) continue;
    reply.enhanced = take_leading_code(reply.text, code);
    return reply;
  }
  return std::unexpected(Error{
      Errc::too_long, "an answer of it has more than " + std::to_string(most_lines) + " lines"});
}

std::expected<ServerReply, Error> SmtpClient::command(std::string_view line) {
  if (std::ranges::any_of(line, [](char c) { return is_control(c); }))
    return std::unexpected(Error{Errc::syntax, "a command may have no control octets"});
  if (const auto unasked = exchange_.unread(); !unasked.empty()) {
    usable_ = false;
    return no_smtp(unasked);
  }
  if (const auto sent = write(std::string(line) + "\r\n", patience_.each); !sent)
    return std::unexpected(sent.error());
  return reply();
}

std::expected<void, Error> SmtpClient::secure(CryptoSource& crypto, const TlsClient& how) {
  usable_ = false;
  // Somebody on the way could have put it there, and it would be taken for what TLS protects.
  if (!exchange_.unread().empty())
    return std::unexpected(Error{Errc::syntax, "something follows its answer to STARTTLS"});
  exchange_.limit({.deadline = within(patience_.each)});
  auto done = exchange_.secure(crypto, how);
  usable_ = done.has_value();
  return done;
}

std::expected<void, Error> SmtpClient::flush() {
  const auto sent = write(output_, patience_.each);
  output_.clear();
  return sent;
}

std::expected<void, Error> SmtpClient::send_text(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (at_line_start_ && line.starts_with('.')) output_ += '.';
    output_ += line;
    at_line_start_ = end != text.npos;
    if (at_line_start_) output_ += "\r\n";
    text.remove_prefix(at_line_start_ ? end + 1 : text.size());
    if (output_.size() < piece) continue;
    if (const auto sent = flush(); !sent) return sent;
  }
  return {};
}

std::expected<void, Error> SmtpClient::end_text() {
  if (exchange_.is_closed() || exchange_.talks()) {
    // It has not heard the end: so it may refuse the message, and has not taken it.
    const auto early = read_reply(patience_.each);
    usable_ = false;
    if (!early) return std::unexpected(early.error());
    if (!early->is_refusal())
      return std::unexpected(Error{Errc::syntax, "it answers before the message has ended"});
    refusal_ = *early;
    return {};
  }
  if (!at_line_start_) output_ += "\r\n";
  output_ += ".\r\n";
  at_line_start_ = true;
  return flush();
}

void SmtpClient::quit() {
  constexpr milliseconds moment{2000};
  if (usable_ && exchange_.unread().empty() && write("QUIT\r\n", moment)) [[maybe_unused]]
    const auto answer = reply(moment);
}

}  // namespace smtpd
