#include "lib/session/session.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "lib/base/text.hpp"
#include "lib/io/sweep.hpp"
#include "lib/mail/trace.hpp"
#include "lib/session/commands.hpp"
#include "lib/session/credentials.hpp"
#include "lib/session/incoming.hpp"

namespace smtpd {
namespace {

/// RFC 5321 4.1.2 has letters only; qpsmtpd takes what a plugin may answer.
bool is_verb(std::string_view text) {
  constexpr std::size_t longest = 12;
  if (text.empty() || text.size() > longest) return false;
  return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '_'; });
}

CommandLine split_command(std::string_view text, std::string& verb) {
  const auto blank = text.find(' ');
  verb = lower(text.substr(0, blank));
  std::string_view rest = blank == text.npos ? std::string_view() : text.substr(blank);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return {verb, rest};
}

}  // namespace

Session::Session(const Parts& parts)
    : host_(parts.host),
      conn_(host_.world().conn),
      log_(host_.world().log),
      config_(host_.world().config),
      clock_(host_.world().services.clock),
      channel_(parts.stream),
      spool_(config_, parts.environment, log_),
      auth_(host_, *this),
      session_end_(Deadline::never()),
      began_(clock_.now()) {}

Session::~Session() = default;

Deadline Session::deadline() const { return earlier(clock_.after(limits_.timeout), session_end_); }

unsigned Session::state() const {
  if (conn_.greeted == Greeted::no) return state::start;
  if (!txn_ || !txn_->sender) return state::hello;
  if (incoming_) return state::chunks;
  return txn_->recipients.empty() ? state::sender : state::rcpt;
}

Session::Outcome Session::run() {
  try {
    return serve();
  } catch (const std::bad_alloc&) {
    return fail("out of memory");
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

// Nothing was accepted since the last reply, so the client may try again. By now the memory that
// ran out is free again, as a rule; if it is not, the client still gets what needs none.
Session::Outcome Session::fail(std::string_view why) {
  try {
    summary_.ended(End::internal);
    log_.log(Level::crit, "internal error, the client gets 421: " + std::string(why));
    reply(
        {421, EnhancedCode{4, 3, 0}, host_.me() + " internal error, please try again later", true});
    close();
  } catch (const std::exception&) {
    channel_.abandon("421 4.3.0 internal error, please try again later\r\n", deadline());
  }
  return Outcome::failed;
}

Session::Outcome Session::serve() {
  host_.begin(*this);
  Outcome outcome = Outcome::served;
  if (open()) {
    if (learn_limits()) {
      converse();
    } else {
      outcome = Outcome::failed;
    }
  }
  close();
  return outcome;
}

// The client reads the banner while this server reads what it needs from the first command on.
bool Session::learn_limits() {
  const SteadyTime began = clock_.now();
  if (!channel_.flush(deadline())) return true;  // the next read says so
  auto limits = read_limits(config_);
  if (limits) {
    limits_ = *limits;
    session_end_ = Deadline::at(began + limits_.session_timeout);
    return true;
  }
  log_.log(Level::crit, "configuration error, the client gets 421: " + limits.error().what);
  summary_.ended(End::config);
  reply({421, EnhancedCode{4, 3, 5}, host_.me() + " configuration error, please try again later",
         true});
  return false;
}

bool Session::open() {
  const Result identified = host_.decide<Hook::identify>(conn_);
  log_.log(Level::notice, "Connection from " + conn_.remote_info + " [" + conn_.remote_ip + ']');
  if (is_refusal(identified.verdict)) {  // nobody knows whom a reply would reach
    closing_ = true;
    summary_.ended(End::closed);
    return false;
  }
  host_.observe<Hook::post_fork>();
  if (const auto greeting = identified.reply ? identified.reply : welcome()) reply(*greeting);
  return !closing_;
}

void Session::converse() {
  while (!closing_) {
    const std::size_t most = std::max(limits_.command_line + extended_command_line, max_auth_line);
    const auto line = channel_.line(most, deadline());
    if (!line) return read_failed(line.error());
    handle(*line);
  }
}

void Session::handle(const io::Line& line) {
  const std::size_t errors = errors_;
  Answer answer = over_limit(line);
  if (!answer) answer = bad_line(line);
  if (!answer) answer = dispatch(line.text);
  if (answer) reply(*answer);
  ++(errors_ == errors ? summary_.good : summary_.bad);
  if (queued_) {
    // What the plugins do now must not keep the client from its 250: it would send the message
    // again.
    if (!channel_.flush(deadline()))
      log_.log(Level::info, "the client did not wait for the reply to its message");
    host_.queue_post(*queued_);
    queued_ = nullptr;
  }
  if (ended_.empty()) return;
  // The client goes on while its message is taken down. A failure sticks until the next read.
  if (!channel_.has_input()) [[maybe_unused]]
    const auto sent = channel_.flush(deadline());
  ended_.clear();
}

std::optional<Reply> Session::over_limit(const io::Line& line) {
  ++commands_;
  // It ends the session as well, and RFC 5321 4.1.1.10 promises it a 221.
  if (equal_ignoring_case(line.text, "quit") && ends_well(line)) return {};
  const char* what = commands_ > limits_.commands ? "commands"
                     : junk_ >= limits_.junk      ? "commands without mail"
                     : errors_ >= limits_.errors  ? "errors"
                                                  : nullptr;
  if (!what) return {};
  log_.log(Level::notice, std::string("too many ") + what + ", closing");
  return Reply{421, EnhancedCode{4, 7, 0},
               host_.me() + " too many " + what + ", closing connection", true};
}

bool Session::ends_well(const io::Line& line) const {
  return line.crlf || conn_.scripted || limits_.lenient.line_ends;
}

// The verb decides how long a line may be; most lines are short enough for any.
std::size_t Session::line_limit(std::string_view text) const {
  std::string verb;
  split_command(text.substr(0, 16), verb);
  const Command* const command = find_command(verb);
  const bool extended = command && (command->flags & flag::takes_parameters) != 0;
  return verb == "auth" ? max_auth_line
                        : limits_.command_line + (extended ? extended_command_line : 0);
}

std::optional<Reply> Session::bad_line(const io::Line& line) {
  std::string_view what;
  if (line.too_long ||
      (line.octets > limits_.command_line && line.octets > line_limit(line.text))) {
    what = "Line too long";
  } else if (!ends_well(line)) {
    what = "Line ends in a bare LF, not in CRLF";
  } else if (line.text.find('\r') != line.text.npos || line.text.find('\0') != line.text.npos) {
    what = "Bare CR or NUL in a command";
  } else {
    return {};
  }
  std::string verb;
  split_command(line.text.substr(0, 16), verb);
  if (is_http_method(verb))
    return {};  // whatever else is wrong: what follows may be commands that a browser was made to
                // send
  ++junk_;
  log_.log(Level::info, "command refused: " + std::string(what));
  // Behind a BDAT that was not read comes a chunk, and nobody knows how long it is.
  return Reply{500, EnhancedCode{5, 5, 2}, std::string(what), verb == "bdat"};
}

// A client that does not wait for the answer to AUTH sends user and password whether they are
// wanted or not.
void Session::log_line_in(std::string_view text, const Command* command) {
  if (!log_.wants(Level::info)) return;
  const bool is_auth = looks_like_auth(text), hidden = after_auth_ && !command && !is_auth;
  log_.log(Level::info,
           "dispatching " + (hidden ? std::string(hidden_credentials) : without_credentials(text)));
  after_auth_ = is_auth || hidden;
}

Session::Answer Session::dispatch(std::string_view text) {
  conn_.notes.set(note::original_string,
                  looks_like_auth(text) ? std::string_view(without_credentials(text)) : text);
  std::string verb;
  const CommandLine line = split_command(text, verb);
  const Command* const command = is_verb(verb) ? find_command(verb) : nullptr;
  const bool begins_transaction =
      command && command->handler == &Session::mail && (command->allowed & state()) != 0;
  if (begins_transaction) log_.next_transaction();  // the command's own line belongs to it
  log_line_in(text, command);
  return command ? execute(*command, line) : unrecognized(line);
}

Session::Answer Session::execute(const Command& command, const CommandLine& line) {
  if ((command.flags & flag::counts_as_junk) != 0) ++junk_;
  if ((command.flags & flag::no_arguments) != 0 && !line.rest.empty()) {
    return Reply{501, EnhancedCode{5, 5, 4}, "No argument is allowed here"};
  }
  if ((command.allowed & state()) == 0) {
    Reply refusal{503, EnhancedCode{5, 5, 1}, std::string(out_of_order(command.verb, state()))};
    return (command.flags & flag::carries_chunk) == 0 ? std::move(refusal)
                                                      : refuse_chunk(line, std::move(refusal));
  }
  return (this->*command.handler)(line);
}

Session::Answer Session::unrecognized(const CommandLine& line) {
  if (is_http_method(line.verb)) {
    log_.log(Level::notice, "an HTTP client, closing");
    return Reply{521, EnhancedCode{5, 7, 0}, "This is SMTP, not HTTP", true};
  }
  const Result result = host_.decide<Hook::unrecognized_command>(conn_, line);
  if (result.verdict != Verdict::done) ++junk_;
  if (line.verb == "expn" &&
      (result.verdict == Verdict::declined || result.verdict == Verdict::ok)) {
    return Reply{502, EnhancedCode{5, 5, 1}, "EXPN is not offered"};  // RFC 5321 3.5.3, 7.3
  }
  return settle(Hook::unrecognized_command, result).reply;
}

Session::Answer Session::auth(const CommandLine& line) {
  if (auth_.exists()) return auth_.run(line);
  auth_.log_refused(line, "AUTH is off");
  return unrecognized(line);
}

void Session::reply(const Reply& reply) {
  std::string wire = std::exchange(wire_, {});  // who logs may reply as well
  wire.clear();
  append_wire(wire, reply);
  if (log_.wants(Level::info)) {
    for (const std::string_view line : split(wire, '\n')) {
      if (!line.empty()) log_.log(Level::info, trim(line));
    }
  }
  if (!reply.positive()) ++errors_;
  channel_.write(wire, deadline());
  wire_ = std::move(wire);
  if (!reply.close) return;
  closing_ = true;
  summary_.ended(End::closed);
}

void Session::read_failed(const Error& error) {
  switch (error.code) {
    case Errc::timeout:
      summary_.ended(End::timeout);
      reply(timeout_reply("timeout"));
      break;
    case Errc::stopped:
      summary_.ended(End::sigterm);
      reply(timeout_reply("shutting down, try again later"));
      break;
    case Errc::closed: log_.log(Level::info, error.what); break;
    default:
      summary_.ended(End::error);
      log_.log(Level::error, "cannot hear the client: " + error.what);
      reply({421, EnhancedCode{4, 3, 0}, host_.me() + " internal error, try again later", true});
  }
}

Reply Session::timeout_reply(std::string_view why) const {
  log_.log(Level::notice, "closing: " + std::string(why));
  return {421, EnhancedCode{4, 4, 2}, host_.me() + ' ' + std::string(why), true};
}

void Session::reset_transaction() {
  if (!txn_) return;
  incoming_.reset();
  const std::unique_ptr<Transaction>& kept = ended_.emplace_back(std::move(txn_));
  host_.observe<Hook::reset_transaction>(*kept);
}

// qpsmtpd has the hooks in another order when the client went away by itself, and plugins may count
// on it.
void Session::close() {
  const bool by_us = summary_.by_us();
  if (by_us) log_.log(Level::info, "click, disconnecting");
  if (!channel_.flush(deadline()))
    log_.log(Level::info, "the client did not wait for the last reply");
  if (!by_us) reset_transaction();
  host_.observe<Hook::disconnect>(conn_);
  conn_.notes.set(note::disconnected, true);
  reset_transaction();
  if (by_us) channel_.part();
  host_.observe<Hook::post_connection>(conn_);
  log_summary(log_, conn_, summary_, host_.refusals(), clock_.now() - began_);
  if (io::sweep_is_due(clock_)) spool_.sweep(clock_.wall() - longest_use());
}

// A plugin may keep a temporary file as long as a session lasts.
seconds Session::longest_use() const {
  return std::max<seconds>(io::sweep_age, limits_.session_timeout);
}

bool Session::client_talks(milliseconds wait) {
  // A transcript is all there from the beginning, and a chunk comes behind its command at once.
  if (conn_.scripted || chunk_follows_) return false;
  return channel_.talks_within(clock_.after(wait), deadline());
}

std::expected<std::string, Error> Session::read_line() {
  if (chunk_follows_) return std::unexpected(Error{Errc::syntax, "a chunk follows, and no line"});
  const auto line = channel_.line(max_auth_line, deadline());
  if (!line) {
    read_failed(line.error());
    closing_ = true;
    return std::unexpected(line.error());
  }
  if (line->too_long) return std::unexpected(Error{Errc::too_long, "the line is too long"});
  if (!line->crlf && !conn_.scripted)
    return std::unexpected(Error{Errc::syntax, "the line ends in a bare LF"});
  return std::string(line->text);
}

void Session::send(const Reply& out) { reply(out); }

std::optional<Reply> Session::submit() { return txn_ ? process() : std::nullopt; }

}  // namespace smtpd
