#include "tests/bench/dialogue.hpp"

#include <algorithm>
#include <array>

namespace smtpd::bench {
namespace {

constexpr std::size_t max_line = 4096;  // a reply line of any sane server

struct StepFacts {
  std::string_view name;
  std::string_view code;  ///< the only answer that is right
};
constexpr std::array step_facts{
    StepFacts{"banner", "220"}, StepFacts{"EHLO", "250"}, StepFacts{"MAIL", "250"},
    StepFacts{"RCPT", "250"},   StepFacts{"DATA", "354"}, StepFacts{"message", "250"},
    StepFacts{"QUIT", "221"},   StepFacts{"end", "none"},
};

}  // namespace

double microseconds(TimePoint from, TimePoint to) {
  return std::chrono::duration<double, std::micro>(to - from).count();
}

std::string make_message(std::size_t octets) {
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::size_t line_length = 76;
  std::string text =
      "Date: Mon, 02 Nov 2026 09:30:00 +0000\r\nFrom: <sender@client.test>\r\n"
      "To: <user0@bench.test>\r\nSubject: a message of the benchmark\r\n"
      "Message-ID: <1@client.test>\r\n\r\n";
  text.reserve(octets + line_length + 8);
  for (std::size_t line = 0; text.size() < octets; ++line) {
    const std::size_t wanted = std::min(line_length, octets - text.size());
    for (std::size_t i = 0; i < wanted; ++i) text += alphabet[(line + i) % alphabet.size()];
    text += "\r\n";
  }
  return text + ".\r\n";
}

std::string_view Dialogue::step_name() const {
  return step_facts[static_cast<std::size_t>(step_)].name;
}

std::expected<void, std::string> Dialogue::receive(std::string_view octets) {
  for (auto lf = octets.find('\n'); lf != octets.npos; lf = octets.find('\n')) {
    partial_line_ += octets.substr(0, lf);
    octets.remove_prefix(lf + 1);
    if (auto taken = take_line(partial_line_); !taken) return taken;
    partial_line_.clear();
  }
  partial_line_ += octets;
  if (partial_line_.size() > max_line) return std::unexpected("a reply line without an end");
  return {};
}

std::expected<void, std::string> Dialogue::take_line(std::string_view line) {
  const auto facts = step_facts[static_cast<std::size_t>(step_)];
  const bool is_last = line.size() < 4 || line[3] != '-';
  if (!line.ends_with('\r') || !line.starts_with(facts.code)) {
    return std::unexpected(std::string(facts.name) + ": expected " + std::string(facts.code) +
                           ", got \"" + std::string(line.substr(0, line.find('\r'))) + "\"");
  }
  if (is_last) advance();
  return {};
}

void Dialogue::advance() {
  switch (step_) {
    case Step::banner: return say("EHLO client.test\r\n", Step::ehlo);
    case Step::ehlo: messages_start_ = SteadyClock::now(); return say_mail();
    case Step::mail: return say_recipients();
    case Step::rcpt: return take_recipient();
    case Step::data:
      transfer_start_ = SteadyClock::now();
      content_ = plan_->message;
      step_ = Step::content;
      return;
    case Step::content: return take_message();
    case Step::quit: step_ = Step::end; return;
    case Step::end: return;
  }
}

void Dialogue::say(std::string_view command, Step step) {
  commands_ += command;
  step_ = step;
}

void Dialogue::say_mail() {
  asked_ = answered_ = 0;
  say("MAIL FROM:<sender@client.test>\r\n", Step::mail);
}

void Dialogue::say_recipients() {
  if (asked_ == 0) recipients_start_ = SteadyClock::now();
  const std::size_t last = std::min(plan_->recipients, asked_ + plan_->batch);
  while (asked_ < last) {
    say("RCPT TO:<user" + std::to_string(asked_++) + "@bench.test>\r\n", Step::rcpt);
  }
}

void Dialogue::take_recipient() {
  if (++answered_ < asked_) return;
  if (asked_ < plan_->recipients) return say_recipients();
  samples_->recipient.push_back(microseconds(recipients_start_, SteadyClock::now()) /
                                static_cast<double>(plan_->recipients));
  say("DATA\r\n", Step::data);
}

void Dialogue::take_message() {
  const auto now = SteadyClock::now();
  samples_->transfer.push_back(microseconds(transfer_start_, now));
  if (++accepted_ < plan_->messages) return say_mail();
  samples_->message.push_back(microseconds(messages_start_, now) /
                              static_cast<double>(plan_->messages));
  say("QUIT\r\n", Step::quit);
}

std::string_view Dialogue::to_send() const {
  return commands_.empty() ? content_ : std::string_view(commands_);
}

void Dialogue::sent(std::size_t count) {
  if (commands_.empty()) {
    content_.remove_prefix(count);
  } else {
    commands_.erase(0, count);
  }
}

}  // namespace smtpd::bench
