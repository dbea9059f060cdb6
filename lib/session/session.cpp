#include "lib/session/session.hpp"

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/io/sweep.hpp"
#include "lib/session/commands.hpp"
#include "lib/session/credentials.hpp"
#include "lib/session/event_lines.hpp"

namespace smtpd {

Session::Session(const Parts& parts)
    : host_(parts.host),
      conn_(host_.conn()),
      log_(host_.log()),
      line_({parts.stream, host_.services().clock, log_, conn_}),
      tally_(host_.services().clock.now()),
      spool_(host_.config(), parts.environment, log_),
      auth_(host_, *this),
      envelope_({host_, limits_, spool_, auth_}) {}

unsigned Session::state() const {
  if (conn_.greeted == Greeted::no) return state::start;
  if (!txn_ || !txn_->sender) return state::hello;
  if (chunks_) return state::chunks;
  return txn_->recipients.empty() ? state::sender : state::rcpt;
}

bool Session::run() {
  try {
    host_.begin(*this);
    const bool ready = !open() || learn_limits();
    while (!tally_.is_over()) {
      const std::size_t most =
          std::max(limits_.command_line + extended_command_line, max_auth_line);
      using io::Stream;
      // Between two chunks the client is in the middle of a message.
      const auto interrupt = chunks_ ? Stream::Interrupt::late : Stream::Interrupt::yes;
      if (const auto line = line_.line(most, interrupt)) {
        handle(*line);
      } else {
        lose_client(line.error());
      }
    }
    close();
    return ready;
  } catch (const std::bad_alloc&) {
    return fail("out of memory");
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

// Nothing was accepted since the last reply, so the client may try again. By now the memory that
// ran out is free again, as a rule; if it is not, the client still gets what needs none.
bool Session::fail(std::string_view why) {
  try {
    tally_.end(SessionEnd::internal);
    log_.log(Level::crit, "internal error, the client gets 421: " + std::string(why));
    send({421, EnhancedCode{4, 3, 0}, host_.me() + " internal error, please try again later"});
    close();
  } catch (const std::exception&) {
    line_.abandon("421 4.3.0 internal error, please try again later\r\n");
  }
  return false;
}

bool Session::open() {
  const Result identified = host_.decide<Hook::identify>(conn_);
  log_.log(conn_.probe ? Level::debug : Level::notice, "Connection from " + client_text(conn_));
  if (is_refusal(identified.verdict)) {  // nobody knows whom a reply would reach
    tally_.end(SessionEnd::closed);
    return false;
  }
  host_.observe<Hook::post_fork>();
  if (identified.disconnect) tally_.end(SessionEnd::closed);
  if (const auto greeting = identified.reply ? identified.reply : welcome()) {
    if (!greeting->positive()) log_refusal(host_, {.what = "connect"}, *greeting);
    send(*greeting);
  }
  return !tally_.is_over();
}

// The client reads the banner while this server reads what it needs from the first command on.
bool Session::learn_limits() {
  const SteadyTime began = host_.services().clock.now();
  if (!line_.flush()) return true;  // the next read says so
  auto limits = read_limits(host_.config());
  if (limits) {
    limits_ = *limits;
    if (host_.services().rehearsal) limits_.memory = SIZE_MAX;  // no file
    line_.set_times(limits_, began);
    return true;
  }
  log_.log(Level::crit, "configuration error, the client gets 421: " + limits.error().what);
  tally_.end(SessionEnd::config);
  send({421, EnhancedCode{4, 3, 5}, host_.me() + " configuration error, please try again later"});
  return false;
}

void Session::handle(const io::Line& line) {
  const std::size_t errors = tally_.errors;
  const Charset before = charset();
  Consequence consequence = judge(line);
  const Charset allowed =
      std::max(before, charset());  // the command may begin a transaction, or end it
  if (consequence.reset) reset_transaction();
  if (const auto reply = take_reply(std::move(consequence))) send(*reply, allowed);
  ++(tally_.errors == errors ? tally_.good : tally_.bad);
  if (queued_) {
    // What the plugins do now must not keep the client from its 250: it would send the message
    // again.
    if (!line_.flush())
      log_.log(Level::info, "the client did not wait for the reply to its message");
    host_.queue_post(*queued_);
    queued_ = nullptr;
  }
  if (ended_.empty()) return;
  // The client goes on while its message is taken down. A failure sticks until the next read.
  if (!line_.has_input()) [[maybe_unused]]
    const auto sent = line_.flush();
  ended_.clear();
}

Consequence Session::judge(const io::Line& line) {
  const bool ends_well = line.crlf || conn_.scripted || limits_.lenient.line_ends;
  // It ends the session as well, and RFC 5321 4.1.1.10 promises it a 221.
  const bool quits = ends_well && equal_ignoring_case(line.text, "quit");
  if (const std::string what(tally_.excess(limits_)); !what.empty() && !quits) {
    log_.log(Level::notice, "too many " + what + ", closing");
    return {.reply = Reply{421, EnhancedCode{4, 7, 0},
                           host_.me() + " too many " + what + ", closing connection"},
            .close = true};
  }
  if (const auto fault = find_fault(line, limits_, ends_well)) {
    ++tally_.junk;
    log_.log(Level::info, "command refused: " + std::string(fault->what));
    return {.reply = Reply{500, EnhancedCode{5, 5, 2}, std::string(fault->what)},
            .close = fault->hides_chunk};
  }
  return execute(line.text);
}

Consequence Session::execute(std::string_view text) {
  host_.forget_refuser();
  conn_.notes.set(note::original_string,
                  looks_like_auth(text) ? std::string_view(without_credentials(text)) : text);
  std::string name;
  const CommandLine line = split_command(text, name);
  const Verb* const verb = find_verb(name);
  const bool allowed = verb && (verb->allowed & state()) != 0;
  if (allowed && verb->handler == &Session::mail)
    log_.next_transaction();  // the command's own line belongs to it
  line_.log_command(text, verb);
  if (!verb) return unrecognized(line);
  if ((verb->flags & flag::counts_as_junk) != 0) ++tally_.junk;
  if ((verb->flags & flag::no_arguments) != 0 && !line.rest.empty())
    return {Reply{501, EnhancedCode{5, 5, 4}, "No argument is allowed here"}};
  if (allowed) {
    Consequence consequence = (this->*verb->handler)(line);
    log_refusal_of(*verb, line, consequence);
    return consequence;
  }
  Consequence refusal{
      Reply{503, EnhancedCode{5, 5, 1}, std::string(out_of_order(verb->name, state()))}};
  const bool carries_chunk = (verb->flags & flag::carries_chunk) != 0;
  return carries_chunk ? skip_chunk(line, std::move(refusal)) : std::move(refusal);
}

void Session::log_refusal_of(const Verb& verb, const CommandLine& line,
                             const Consequence& consequence) {
  const auto& reply = consequence.reply;
  if (verb.refused.empty() || !reply || reply->positive()) return;
  const Transaction* const ended = ended_.empty() ? nullptr : ended_.back().get();
  log_refusal(host_, {verb.refused, line.rest, txn_ ? txn_.get() : ended}, *reply);
}

std::optional<Reply> Session::take_reply(Consequence consequence) {
  if (consequence.close) tally_.end(SessionEnd::closed);
  return std::move(consequence.reply);
}

void Session::lose_client(const Error& error) {
  const auto part = [&](SessionEnd end, EnhancedCode enhanced, const char* why) {
    tally_.end(end);
    log_.log(Level::notice, "closing: " + error.what);
    send({421, enhanced, host_.me() + ' ' + why});
  };
  switch (error.code) {
    case Errc::timeout: return part(SessionEnd::timeout, {4, 4, 2}, "timeout");
    case Errc::stopped:
      return part(SessionEnd::sigterm, {4, 3, 2}, "shutting down, try again later");
    case Errc::syntax:  // a word in clear would be no answer to it
      tally_.end(SessionEnd::closed);
      log_.log(Level::notice, "client speaks TLS on a port in clear");
      return;
    case Errc::closed:
      tally_.end(SessionEnd::dropped);
      log_.log(Level::info, error.what);
      return;
    default:
      tally_.end(SessionEnd::error);
      log_.log(Level::error, "cannot hear the client: " + error.what);
      send({421, EnhancedCode{4, 3, 0}, host_.me() + " internal error, try again later"});
  }
}

void Session::reset_transaction() {
  if (!txn_) return;
  chunks_.reset();
  const std::unique_ptr<Transaction>& kept = ended_.emplace_back(std::move(txn_));
  host_.observe<Hook::reset_transaction>(*kept);
  host_.end_questions_of_transaction();
}

// qpsmtpd has the hooks in another order when the client went away by itself, and plugins may count
// on it.
void Session::close() {
  const Clock& clock = host_.services().clock;
  const bool ended_here = tally_.ended_here();
  if (ended_here) log_.log(Level::debug, "click, disconnecting");
  if (!line_.flush()) log_.log(Level::info, "the client did not wait for the last reply");
  if (!ended_here) reset_transaction();
  host_.observe<Hook::disconnect>(conn_);
  conn_.notes.set(note::disconnected, true);
  reset_transaction();
  if (ended_here) line_.part();
  if (host_.services().rehearsal) return;  // what follows takes away what others have left
  host_.observe<Hook::post_connection>(conn_);
  tally_.log(log_, conn_, host_.refusals(), clock.now());
  // A plugin may keep a temporary file as long as a session lasts.
  const seconds longest_use = std::max<seconds>(io::sweep_age, limits_.session_timeout);
  if (io::sweep_is_due(clock)) spool_.sweep(clock.wall() - longest_use);
}

bool run_session(const Session::Parts& parts, const std::function<void(Conversation&)>& begins) {
  Session session(parts);
  begins(session);
  return session.run();
}

}  // namespace smtpd
