#include "lib/admin/simulated_client.hpp"

#include <algorithm>
#include <utility>

#include "lib/base/text.hpp"

namespace smtpd {
namespace {

int code_of(std::string_view reply) {
  return reply.size() < 3 ? 0 : static_cast<int>(to_number(reply.substr(0, 3)).value_or(0));
}

/// With CRLF, stuffed dots and the final dot (RFC 5321 4.5.2).
std::string on_the_wire(std::string_view message) {
  std::string wire;
  for (std::string_view line : split(message, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    wire.append(line.starts_with('.') ? "." : "").append(line).append("\r\n");
  }
  if (message.ends_with('\n')) wire.resize(wire.size() - 2);
  return wire + ".\r\n";
}

}  // namespace

std::expected<void, Error> ScriptedClient::write(std::string_view octets, Deadline) {
  output_ += octets;
  return {};
}

void ScriptedClient::take_reply() {
  if (said_.empty()) return;
  Exchanged done{.said = std::exchange(said_, {}), .reply = std::exchange(output_, {})};
  done.code = code_of(done.reply);
  listener_.reply(done);
  if (stage_ == Stage::recipients && done.code / 100 == 2) any_recipient_ = true;
  exchanged_.push_back(std::move(done));
}

/// Whether the last reply lets the script go on.
bool ScriptedClient::goes_on() const {
  const int code = exchanged_.back().code;
  switch (stage_) {
    case Stage::connected:
    case Stage::greeted:
    case Stage::sender: return code / 100 == 2;
    case Stage::recipients: return true;
    case Stage::data: return code == 354;
    default: return false;
  }
}

/// What it says next; empty: nothing more.
std::string ScriptedClient::next_command() {
  const auto quit = [this] {
    if (stage_ == Stage::quit) return std::string();
    stage_ = Stage::quit;
    return std::string("QUIT\r\n");
  };
  if (!goes_on()) return quit();
  if (stage_ == Stage::connected && !script_.helo.empty()) {
    stage_ = Stage::greeted;
    return "EHLO " + script_.helo + "\r\n";
  }
  if (stage_ == Stage::greeted) {
    listener_.greeted();
    if (script_.sender.empty()) return quit();
    stage_ = Stage::sender;
    return "MAIL FROM:" + script_.sender + "\r\n";
  }
  if (stage_ == Stage::sender && !script_.recipients.empty()) stage_ = Stage::recipients;
  if (stage_ == Stage::recipients && recipient_ < script_.recipients.size())
    return "RCPT TO:" + script_.recipients[recipient_++] + "\r\n";
  if (stage_ == Stage::recipients && any_recipient_ && !script_.message.empty()) {
    stage_ = Stage::data;
    return "DATA\r\n";
  }
  if (stage_ == Stage::data) {
    stage_ = Stage::message;
    return on_the_wire(script_.message);
  }
  return quit();
}

std::expected<std::size_t, Error> ScriptedClient::read(std::span<char> buffer, Deadline,
                                                       Interrupt) {
  if (pending_.empty()) {
    take_reply();
    pending_ = next_command();
    if (pending_.empty()) return 0;
    said_ = stage_ == Stage::message ? "the message" : pending_.substr(0, pending_.find('\r'));
    listener_.step(said_);
  }
  const std::size_t length = std::min(buffer.size(), pending_.size());
  std::copy_n(pending_.begin(), length, buffer.begin());
  pending_.erase(0, length);
  return length;
}

}  // namespace smtpd
