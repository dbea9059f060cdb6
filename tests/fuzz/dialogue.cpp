#include "tests/fuzz/dialogue.hpp"

#include <algorithm>
#include <array>

#include "lib/base/text.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

constexpr std::size_t longest_reply_line = 512;  // RFC 5321 4.5.3.1.5

/// The codes of the replies. Requires that each is well-formed (RFC 5321 4.2).
std::vector<unsigned> codes_of(std::string_view output) {
  std::vector<unsigned> codes;
  std::string_view first;  // the code of a reply of several lines
  while (!output.empty()) {
    const auto end = output.find("\r\n");
    require(end != output.npos, "a reply line ends in CRLF");
    const std::string_view line = output.substr(0, end);
    output.remove_prefix(end + 2);
    require(line.size() + 2 <= longest_reply_line, "a reply line has at most 512 octets");
    require(line.size() >= 4 && (line[3] == ' ' || line[3] == '-'), "a code and what follows it");
    require(std::ranges::none_of(line, is_control), "no control octet in a reply");
    const auto code = to_number(line.substr(0, 3));
    require(code && *code >= 200 && *code < 600, "a code");
    require(first.empty() || first == line.substr(0, 3), "one code in all lines of a reply");
    first = line[3] == '-' ? line.substr(0, 3) : std::string_view();
    if (line[3] == ' ') codes.push_back(static_cast<unsigned>(*code));
  }
  require(first.empty(), "a reply has a last line");
  return codes;
}

/// Without the Received field that the server puts on top.
std::string_view without_trace(std::string_view header) {
  require(header.starts_with("Received: "), "the trace field is on top");
  auto end = header.find('\n');
  while (end + 1 < header.size() && is_blank(header[end + 1])) end = header.find('\n', end + 1);
  return header.substr(std::min(end + 1, header.size()));
}

/// The queued message is the text that was sent. A body without a blank line in front of it begins
/// with the first line that is no field.
bool is_text(const Queued& queued, std::string_view text) {
  const std::string_view header = without_trace(queued.header);
  if (!text.starts_with(header)) return false;
  text.remove_prefix(header.size());
  if (text.starts_with('\n')) text.remove_prefix(1);
  return text == queued.body;
}

class Reader {
 public:
  explicit Reader(const Dialogue& dialogue)
      : dialogue_(dialogue), rest_(dialogue.input), codes_(codes_of(dialogue.output)) {}

  void read() {
    if (!has_reply()) return silent();
    if (next() != 220) return closed();
    while (true) {
      const auto lf = rest_.find('\n');
      if (lf == rest_.npos) break;
      std::string_view line = rest_.substr(0, lf);
      rest_.remove_prefix(lf + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (equal_ignoring_case(verb_of(line), "bdat")) {
        if (!chunk(line.substr(4))) return;
        continue;
      }
      if (!has_reply()) return unanswered();
      const unsigned code = next();
      if (begins_anew(line) && code == 250) chunks_.clear();
      if (code == 354 && !message()) return;
    }
    if (has_reply()) last_word();
    require(accepted_ == dialogue_.queued.size() || dialogue_.write_failed || unsure_,
            "nothing is queued that was not accepted");
  }

 private:
  bool has_reply() const { return at_ < codes_.size(); }
  unsigned next() { return codes_[at_++]; }

  void silent() const {
    require(dialogue_.write_failed, "there is a greeting");
    require(dialogue_.queued.empty(), "nothing is queued without a dialogue");
  }
  /// The last reply refused to go on.
  void closed() const {
    require(!has_reply(), "nothing follows the last reply");
    require(codes_.back() == 221 || codes_.back() >= 400, "who closes says so");
    require(accepted_ == dialogue_.queued.size() || dialogue_.write_failed || unsure_,
            "nothing is queued that was not accepted");
  }
  /// A whole command is there and no reply to it.
  void unanswered() const {
    if (dialogue_.write_failed) return;
    require(!dialogue_.read_ended, "every command is answered");
    closed();
  }
  /// A reply that no command asked for.
  void last_word() {
    const unsigned code = next();
    require(code >= 400 && code < 500, "a last word is a temporary one");
    closed();
  }
  static std::string_view verb_of(std::string_view line) { return line.substr(0, line.find(' ')); }
  static bool begins_anew(std::string_view line) {
    const std::string_view verb = verb_of(line);
    return std::ranges::any_of(std::array{"rset", "helo", "ehlo", "mail"},
                               [&](const char* each) { return equal_ignoring_case(verb, each); });
  }
  /// Behind BDAT and its argument: the chunk's octets are skipped or taken, whatever the reply
  /// says, or the session ends. False: the dialogue ends there.
  bool chunk(std::string_view argument) {
    const auto words = smtpd::words(argument);
    const auto size = words.empty() ? std::nullopt : to_number(words[0]);
    if (!has_reply()) return unanswered(), false;
    const unsigned code = next();
    const bool whole = size && *size <= rest_.size();
    if (!has_reply() && (!whole || code >= 400)) return closed_or_ended(code), false;
    require(whole, "what follows a chunk that is not whole is no command");
    const std::string_view text = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    const bool last = words.size() > 1;
    if (code != 250) chunks_.clear();
    if (code == 250 && !last) chunks_ += text;
    if (code == 250 && last) accept_chunks(text);
    return true;
  }
  void closed_or_ended(unsigned code) const {
    require(code >= 400, "a chunk that is not whole is not accepted");
    require(accepted_ == dialogue_.queued.size() || dialogue_.write_failed || unsure_,
            "nothing is queued that was not accepted");
  }
  void accept_chunks(std::string_view last) {
    chunks_ += last;
    unsure_ = unsure_ || dialogue_.any_verdict;
    accept(decode_chunks(chunks_, dialogue_.line_ends, dialogue_.longest_line));
    chunks_.clear();
  }
  /// Behind 354. False: the dialogue ends there.
  bool message() {
    const Decoded text = decode_by_lines(rest_, dialogue_.line_ends, dialogue_.longest_line);
    if (!text.done || !has_reply()) {
      if (!has_reply()) {
        require(dialogue_.write_failed, "a message is answered");
      } else {
        require(next() >= 400, "half a message is not accepted");
        closed();
      }
      return false;
    }
    rest_.remove_prefix(text.consumed);
    if (next() < 300) accept(text);
    return true;
  }
  void accept(const Decoded& text) {
    if (unsure_) return;
    require(!text.faults.any(), "a faulty message is not accepted");
    require(text.text.size() <= dialogue_.largest, "a message that is too big is not accepted");
    require(accepted_ < dialogue_.queued.size(), "what is accepted is queued");
    require(!dialogue_.adds_only_received || is_text(dialogue_.queued[accepted_], text.text),
            "what is queued is what was sent");
    ++accepted_;
  }

  const Dialogue& dialogue_;
  std::string_view rest_;  // of the input
  std::vector<unsigned> codes_;
  std::size_t at_ = 0;  // the next of codes_
  std::size_t accepted_ = 0;
  std::string chunks_;   // of the message so far
  bool unsure_ = false;  // a plugin may have answered in the queue's place
};

}  // namespace

void check(const Dialogue& dialogue) { Reader(dialogue).read(); }

}  // namespace smtpd::fuzz
