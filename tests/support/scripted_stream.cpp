#include "tests/support/scripted_stream.hpp"

#include <algorithm>

namespace smtpd::transcript {
namespace {

constexpr std::size_t most_idle_calls = 10'000;
constexpr std::size_t most_output = 256 << 20;

std::unexpected<Error> closed(const char* what) {
  return std::unexpected(Error{Errc::closed, what});
}

}  // namespace

WallTime ManualClock::wall() const {
  using namespace std::chrono;
  constexpr sys_seconds begin = sys_days(year(2026) / 1 / 2) + hours(3) + minutes(4) + seconds(5);
  return time_point_cast<WallTime::duration>(begin + (now_ - start));
}

ScriptedStream::Next ScriptedStream::fail(Failure failure) {
  if (!failure_) failure_ = std::move(failure);
  return Next::failed;
}

unsigned ScriptedStream::line_at_hand() const {
  return steps_.empty() ? 0 : steps_[std::min(at_, steps_.size() - 1)].line;
}

bool ScriptedStream::idles_too_long() {
  if (++idle_ > 2 * most_idle_calls) throw Runaway{};
  if (idle_ == most_idle_calls) {
    fail(dialogue_.failure(line_at_hand(), "the server goes round in circles"));
  }
  return failure_.has_value();
}

void ScriptedStream::load_chunk() {
  auto chunk = next_chunk(steps_.subspan(at_), setting_);
  if (!chunk) {
    fail({chunk.error().line, chunk.error().what});
    return;
  }
  at_ += chunk->steps;
  dialogue_.note_sent(chunk->octets);
  taken_ = 0;
  if (!tls_) {
    chunk_ = std::move(chunk->octets);
    if (at_ < steps_.size() && steps_[at_].action == Action::start_tls)
      begin_handshake(steps_[at_]);
    return;
  }
  chunk_.clear();
  tls_->send(chunk->octets);
  add_tls_output();
}

void ScriptedStream::add_tls_output() {
  if (taken_ == chunk_.size()) {
    chunk_.clear();
    taken_ = 0;
  }
  chunk_ += tls_->take_output();
}

/// The ClientHello goes behind what the server has not read yet.
void ScriptedStream::begin_handshake(const Step& step) {
  if (dialogue_.has_unread()) {
    fail(dialogue_.failure(step, "something is unread"));
    return;
  }
  auto client = begin_tls(step, setting_);
  if (!client) {
    fail({step.line, client.error()});
    return;
  }
  tls_ = *std::move(client);
  add_tls_output();
}

/// Begins the handshake when it is first called, and goes on to the next step when it has ended.
std::optional<ScriptedStream::Next> ScriptedStream::shake_hands(const Step& step,
                                                                Deadline deadline) {
  if (!tls_) {
    begin_handshake(step);
    return failure_ ? std::optional(Next::failed) : std::nullopt;
  }
  if (tls_->state() == TlsClient::State::going_on) return stall(step, deadline);
  if (const std::string complaint = tls_->complaint(); !complaint.empty())
    return fail(dialogue_.failure(step, complaint));
  dialogue_.note(step.source + " (" + tls_->summary() + ')');
  ++at_;
  idle_ = 0;
  return {};
}

/// A client that leaves right behind its last octets does not wait for the answer: the server's
/// next write fails.
void ScriptedStream::leave() {
  for (; at_ < steps_.size(); ++at_) {
    const Step& step = steps_[at_];
    if (step.action == Action::close)
      client_ = Client::gone;
    else if (step.action == Action::reset)
      client_ = Client::has_reset;
    else
      return;
    dialogue_.note(step.source);
    dialogue_.forget_unread();
  }
}

void ScriptedStream::move_clock(SteadyTime::duration time) {
  const SteadyTime end = clock_.now() + time;
  while (meanwhile_) {
    const Deadline due = meanwhile_->due();
    if (!due.passed(end)) break;
    clock_.move(std::max(due.when() - clock_.now(), SteadyTime::duration::zero()));
    meanwhile_->go_on();
  }
  clock_.move(std::max(end - clock_.now(), SteadyTime::duration::zero()));
}

ScriptedStream::Next ScriptedStream::stall(const Step& step, Deadline deadline) {
  if (deadline.is_never())
    return fail(dialogue_.failure(step, "the server waits for ever and sends nothing"));
  const auto by = deadline.when() - clock_.now();
  if (by > by.zero()) {
    move_clock(by);
    dialogue_.note_clock(by, "the server waits that long");
  }
  return Next::silent;
}

void ScriptedStream::say(std::string line) {
  line += "\r\n";
  dialogue_.note_sent(line);
  taken_ = 0;
  chunk_ = tls_ ? std::string() : std::move(line);
  if (!tls_) return;
  tls_->send(line);
  add_tls_output();
}

std::optional<ScriptedStream::Next> ScriptedStream::authenticate(const Step& step,
                                                                 Deadline deadline) {
  if (!sasl_) {
    const auto argument = step.text.expand(setting_.variables);
    auto client = argument ? SaslClient::parse(*argument) : std::unexpected(argument.error());
    if (!client) return fail({step.line, client.error()});
    sasl_ = *std::move(client);
    if (tls_) sasl_->bind(tls_->exporter());
    say(sasl_->begin());
    return {};
  }
  const auto challenge = dialogue_.challenge();
  if (!challenge) return client_ == Client::talks ? stall(step, deadline) : Next::end;
  if (!challenge->is_challenge) {
    sasl_.reset();
    ++at_;
    idle_ = 0;
    return {};
  }
  auto answer = sasl_->answer(challenge->text);
  if (!answer) return fail(dialogue_.failure(step, "the challenge is wrong"));
  say(*std::move(answer));
  return {};
}

std::optional<ScriptedStream::Next> ScriptedStream::expect(const Step& step, Deadline deadline) {
  switch (dialogue_.match(step)) {
    case Dialogue::Match::yes:
      ++at_;
      idle_ = 0;
      return {};
    case Dialogue::Match::no:
      return fail(dialogue_.failure(step, "the server sent something else"));
    default: return client_ == Client::talks ? stall(step, deadline) : Next::end;
  }
}

std::optional<ScriptedStream::Next> ScriptedStream::perform(const Step& step, Deadline deadline,
                                                            Wait wait) {
  switch (step.action) {
    case Action::send:
    case Action::send_file: load_chunk(); return {};
    case Action::authenticate: return authenticate(step, deadline);
    case Action::cut: ++at_; return {};
    case Action::start_tls: return shake_hands(step, deadline);
    case Action::half_close:
      dialogue_.note(step.source);
      client_ = Client::has_closed_its_side;
      ++at_;
      return {};
    case Action::close:
    case Action::reset: leave(); return {};
    case Action::advance:
      dialogue_.note_clock(step.advance, "");
      move_clock(step.advance);
      ++at_;
      return deadline.passed(clock_.now()) ? std::optional(Next::silent) : std::nullopt;
    case Action::expect_end:
      if (client_ != Client::talks) return Next::end;
      if (wait == Wait::look) return stall(step, deadline);
      return fail(
          dialogue_.failure(step, "the server waits for more, but the script expects its end"));
    default: return expect(step, deadline);
  }
}

ScriptedStream::Next ScriptedStream::next(Deadline deadline, Wait wait) {
  move_clock(SteadyTime::duration::zero());
  while (!idles_too_long()) {
    if (taken_ < chunk_.size()) return Next::data;
    if (client_ == Client::has_reset) return Next::reset;
    if (client_ == Client::gone) return Next::end;
    if (at_ == steps_.size()) {  // the script's end: the client has closed
      client_ = client_ == Client::talks ? Client::has_closed_its_side : client_;
      return Next::end;
    }
    if (const auto result = perform(steps_[at_], deadline, wait)) return *result;
  }
  return Next::failed;
}

std::expected<std::size_t, Error> ScriptedStream::read(std::span<char> buffer, Deadline deadline,
                                                       Interrupt) {
  switch (next(deadline, Wait::read)) {
    case Next::end: return 0;
    case Next::silent: return std::unexpected(Error{Errc::timeout, "timeout"});
    case Next::reset: return closed("connection reset by the client");
    case Next::failed: return closed("the script has failed");
    case Next::data: break;
  }
  const auto length = std::min(buffer.size(), chunk_.size() - taken_);
  std::copy_n(chunk_.begin() + static_cast<std::ptrdiff_t>(taken_), length, buffer.begin());
  taken_ += length;
  idle_ = 0;
  if (taken_ == chunk_.size()) leave();
  return length;
}

std::expected<void, Error> ScriptedStream::write(std::string_view octets, Deadline) {
  const bool gone = client_ == Client::gone || client_ == Client::has_reset;
  if ((gone || failure_ || octets.empty()) && idles_too_long())
    return closed("the script has failed");
  if (gone) return closed("connection closed by the client");
  if (tls_) {
    tls_->receive(octets);
    add_tls_output();
    dialogue_.receive(tls_->take_plain());
  } else {
    dialogue_.receive(octets);
  }
  written_ += octets.size();
  if (written_ > most_output)
    fail(dialogue_.failure(line_at_hand(), "the server sends without end"));
  return {};
}

io::Input ScriptedStream::wait_for_input(Deadline deadline) {
  switch (next(deadline, Wait::look)) {
    case Next::data: return io::Input::data;
    case Next::silent: return io::Input::silent;
    default: return io::Input::end;
  }
}

std::optional<Failure> ScriptedStream::finish(unsigned line) {
  for (; !failure_ && at_ < steps_.size(); ++at_) {
    const Step& step = steps_[at_];
    const bool is_reading =
        step.action >= Action::expect_line && step.action <= Action::expect_reply;
    if (is_reading) {
      const auto match = dialogue_.match(step);
      if (match == Dialogue::Match::no)
        fail(dialogue_.failure(step, "the server sent something else"));
      if (match == Dialogue::Match::more)
        fail(dialogue_.failure(step, "the server has ended without sending this"));
    } else if (step.action == Action::authenticate && sasl_) {
      sasl_.reset();  // the server has ended behind its final reply
    } else if (step.action == Action::start_tls && tls_) {
      if (const std::string complaint = tls_->complaint(); !complaint.empty())
        fail(dialogue_.failure(step, complaint));
    } else if (sends(step) || step.action == Action::advance || step.action == Action::start_tls ||
               step.action == Action::authenticate || step.action == Action::expect_silence) {
      fail(dialogue_.failure(step, "the server has ended before this line"));
    }
  }
  if (!failure_ && dialogue_.has_unread())
    fail(dialogue_.failure(line, "the script leaves something unread"));
  return failure_;
}

}  // namespace smtpd::transcript
