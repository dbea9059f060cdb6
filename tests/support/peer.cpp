#include "tests/support/peer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/text.hpp"

namespace smtpd::transcript {
namespace {

using Read = std::expected<Pattern, std::string>;

Read line_glob(std::string_view text) { return Pattern::glob(text); }
Read line_text(std::string_view text) {
  Pattern pattern = Pattern::plain(text);
  pattern.append("\r\n");
  return pattern;
}
Read octets(std::string_view text) { return Pattern::quoted(text); }
Read nothing(std::string_view text) {
  if (!text.empty()) return std::unexpected("nothing can follow on this line");
  return Pattern();
}

struct Form {
  std::string_view mark;
  PeerStep::Action action;
  Read (*read)(std::string_view text);
};
constexpr std::array forms{
    Form{"<", PeerStep::Action::expect_line, line_glob},
    Form{"<=", PeerStep::Action::expect_octets, octets},
    Form{">", PeerStep::Action::say, line_text},
    Form{">=", PeerStep::Action::say, octets},
    Form{"hang", PeerStep::Action::hang, nothing},
};

std::expected<PeerStep, std::string> parse_step_of_peer(const Line& line) {
  const std::string_view text = line.text;
  const auto blank = std::min(text.find(' '), text.size());
  const auto* const form = std::ranges::find(forms, text.substr(0, blank), &Form::mark);
  if (form == forms.end()) return std::unexpected("a peer has no line of this form");
  auto pattern = form->read(text.substr(std::min(blank + 1, text.size())));
  if (!pattern) return std::unexpected(pattern.error());
  return PeerStep{form->action, *std::move(pattern), line.number, line.text};
}

}  // namespace

std::string peer_name(const Section& section) {
  return section.argument.substr(0, section.argument.find(' '));
}

std::expected<PeerScript, Problem> parse_peer(const Section& section) {
  PeerScript script{.name = peer_name(section), .line = section.line};
  const auto wrong = [](const Line& line, std::string what) {
    return std::unexpected(Problem{line.number, std::move(what)});
  };
  bool ended = false;  // behind hang and close
  for (const Line& line : section.lines) {
    if (line.text == "!refuse") {
      script.refuses = true;
    } else if (line.text == "conn") {
      script.connections.emplace_back();
      ended = false;
    } else if (script.connections.empty()) {
      return wrong(line, "a peer begins with conn or !refuse");
    } else if (ended) {
      return wrong(line, "only conn can follow here");
    } else if (line.text == "close") {
      ended = true;
    } else {
      auto step = parse_step_of_peer(line);
      if (!step) return wrong(line, step.error());
      ended = step->action == PeerStep::Action::hang;
      script.connections.back().push_back(*std::move(step));
    }
  }
  if (script.refuses != script.connections.empty())
    return std::unexpected(Problem{section.line, "a peer has connections, or it has !refuse"});
  return script;
}

PeerTalk::Next PeerTalk::fail(const PeerStep& step, std::string_view came) {
  problem_ = Problem{
      step.line, "the peer expects '" + step.source + "', what comes is \"" + escaped(came) + '"'};
  return Next::failed;
}

/// False: it failed, or more octets are needed.
bool PeerTalk::expect(const PeerStep& step) {
  incomplete_ = false;
  if (step.action == PeerStep::Action::expect_line) {
    const auto end = unread_.find('\n');
    incomplete_ = end == unread_.npos;
    if (incomplete_) return false;
    const std::size_t length = end > 0 && unread_[end - 1] == '\r' ? end - 1 : end;
    if (!step.text.matches(std::string_view(unread_).substr(0, length), variables_)) {
      fail(step, unread_);
      return false;
    }
    unread_.erase(0, end + 1);
    return true;
  }
  const auto expected = step.text.expand(variables_);
  if (!expected || !std::string_view(*expected).starts_with(
                       std::string_view(unread_).substr(0, expected->size()))) {
    fail(step, unread_);
    return false;
  }
  incomplete_ = unread_.size() < expected->size();
  if (incomplete_) return false;
  unread_.erase(0, expected->size());
  return true;
}

PeerTalk::Next PeerTalk::next() {
  for (; !problem_ && at_ < steps_.size(); ++at_) {
    const PeerStep& step = steps_[at_];
    if (step.action == PeerStep::Action::hang) return Next::hang;
    if (step.action != PeerStep::Action::say) {
      if (expect(step)) continue;
      return incomplete_ ? Next::wait : Next::failed;
    }
    const auto text = step.text.expand(variables_);
    if (!text) return fail(step, text.error());
    said_ += *text;
    ++at_;
    return Next::say;
  }
  return problem_ ? Next::failed : Next::close;
}

std::optional<Problem> PeerTalk::finish() const {
  if (problem_) return problem_;
  if (at_ < steps_.size() && steps_[at_].action != PeerStep::Action::hang) {
    return Problem{steps_[at_].line, "the peer still expects or says '" + steps_[at_].source +
                                         "', and the connection is over"};
  }
  if (!unread_.empty()) {
    return Problem{steps_.empty() ? 0 : steps_.back().line,
                   "nobody expects what the peer was sent: \"" + escaped(unread_) + '"'};
  }
  return {};
}

}  // namespace smtpd::transcript
