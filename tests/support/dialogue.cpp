#include "tests/support/dialogue.hpp"

#include <algorithm>

#include "lib/base/text.hpp"
#include "tests/support/files.hpp"

namespace smtpd::transcript {
namespace {

/// The lines of `octets` with their ends shown unless they are CRLF, at most `most` of them.
std::vector<std::string> shown(std::string_view octets, std::size_t most) {
  std::vector<std::string> result;
  while (!octets.empty()) {
    if (result.size() == most) {
      result.push_back(" ... (" + std::to_string(octets.size()) + " octets more)");
      break;
    }
    const auto end = octets.find('\n');
    const auto line = octets.substr(0, end == octets.npos ? end : end + 1);
    const bool whole = line.ends_with("\r\n");
    result.push_back(whole ? ": " + escaped(line.substr(0, line.size() - 2))
                           : "= \"" + escaped(line) + '"');
    octets.remove_prefix(line.size());
  }
  return result;
}

std::expected<std::string, std::string> octets_of(const Step& step, const Setting& setting) {
  auto text = step.text.expand(setting.variables);
  if (!text) return text;
  if (step.action == Action::send_file) {
    const bool absolute = text->starts_with('/') || setting.directory.empty();
    return read_file(absolute ? *text : setting.directory + '/' + *text);
  }
  std::string result;
  result.reserve(text->size() * step.times);
  for (std::size_t i = 0; i < step.times; ++i) result += *text;
  return result;
}

}  // namespace

Dialogue::Dialogue(Variables& variables, Record& record, std::string who)
    : variables_(variables), record_(record), prefix_(who.empty() ? "" : std::move(who) + "> ") {}

Dialogue::Match Dialogue::match(const Step& step) {
  switch (step.action) {
    case Action::expect_line: return match_line(step);
    case Action::expect_octets: return match_octets(step);
    case Action::expect_reply: return match_reply(step);
    case Action::expect_silence: return has_unread() ? Match::no : Match::yes;
    default: return Match::no;
  }
}

Dialogue::Match Dialogue::consume(std::size_t length) {
  for (const auto& line : shown(unread_.substr(0, length), length)) note('S' + line);
  unread_.erase(0, length);
  return Match::yes;
}

Dialogue::Match Dialogue::match_line(const Step& step) {
  const auto end = unread_.find("\r\n");
  if (end == unread_.npos) return Match::more;
  const std::string_view line(unread_.data(), end);
  if (line.find_first_of("\r\n") != line.npos || !step.text.matches(line, variables_))
    return Match::no;
  return consume(end + 2);
}

Dialogue::Match Dialogue::match_octets(const Step& step) {
  const auto expected = step.text.expand(variables_);
  if (!expected) return Match::no;
  const auto common = std::min(expected->size(), unread_.size());
  if (unread_.substr(0, common) != expected->substr(0, common)) return Match::no;
  return common == expected->size() ? consume(common) : Match::more;
}

/// The glob fits the whole line or what stands behind its code.
bool Dialogue::fits_line_of_reply(const Step& step, std::string_view line) {
  return step.text.matches(line.substr(std::min<std::size_t>(4, line.size())), variables_) ||
         step.text.matches(line, variables_);
}

Dialogue::Match Dialogue::match_reply(const Step& step) {
  bool found = !step.has_glob;
  std::size_t from = 0;
  while (true) {
    const auto end = unread_.find("\r\n", from);
    if (end == unread_.npos) return Match::more;
    const std::string_view line = std::string_view(unread_).substr(from, end - from);
    const bool last = line.size() == 3 || line.substr(3).starts_with(' ');
    if (!line.starts_with(step.code) || line.find_first_of("\r\n") != line.npos) return Match::no;
    if (!last && line[3] != '-') return Match::no;
    found = found || fits_line_of_reply(step, line);
    from = end + 2;
    if (last) return found ? consume(from) : Match::no;
  }
}

std::optional<Dialogue::Challenge> Dialogue::challenge() {
  const auto end = unread_.find("\r\n");
  if (end == unread_.npos) return {};
  if (!unread_.starts_with("334 ")) return Challenge{};
  Challenge challenge{.is_challenge = true, .text = unread_.substr(4, end - 4)};
  consume(end + 2);
  return challenge;
}

void Dialogue::note(std::string text) { record_.push_back(prefix_ + std::move(text)); }

void Dialogue::note_sent(std::string_view octets) {
  constexpr std::size_t most = 30;
  for (const auto& line : shown(octets, most)) note('C' + line);
}

void Dialogue::note_clock(std::chrono::nanoseconds by, std::string_view why) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(by).count();
  const std::string amount =
      ms % 1000 == 0 ? std::to_string(ms / 1000) + 's' : std::to_string(ms) + "ms";
  note("@ +" + amount + (why.empty() ? "" : " (" + std::string(why) + ')'));
}

Failure Dialogue::failure(unsigned line, std::string what) const {
  constexpr std::size_t most = 20;
  Failure failure{line, std::move(what)};
  if (unread_.empty()) failure.details.push_back("    nothing came");
  for (const auto& text : shown(unread_, most)) failure.details.push_back("    came S" + text);
  return failure;
}

Failure Dialogue::failure(const Step& step, std::string what) const {
  Failure result = failure(step.line, std::move(what));
  result.details.insert(result.details.begin(), ">>> " + step.source);
  return result;
}

std::expected<std::unique_ptr<TlsClient>, std::string> begin_tls(const Step& step,
                                                                 const Setting& setting) {
  const auto text = step.text.expand(setting.variables);
  if (!text) return std::unexpected(text.error());
  auto wish = parse_tls_wish(*text);
  if (!wish) return std::unexpected(wish.error());
  return TlsClient::start(*std::move(wish), setting.tls_sessions);
}

std::expected<Chunk, Problem> next_chunk(std::span<const Step> steps, const Setting& setting) {
  Chunk chunk;
  for (const Step& step : steps) {
    if (!sends(step) || step.who != steps[0].who) break;
    auto octets = octets_of(step, setting);
    if (!octets) return std::unexpected(Problem{step.line, octets.error()});
    chunk.octets += *octets;
    ++chunk.steps;
  }
  return chunk;
}

}  // namespace smtpd::transcript
