/// Answers verbs of its own, and with `data 1` DATA: reads lines, sends replies in between, fills a
/// transaction and hands it on. Lets MAIL carry the parameter XMARK and RCPT the parameter XNOTE.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

class Answers final : public Plugin {
 public:
  explicit Answers(PluginContext& ctx) : Plugin(ctx) {
    ctx.accept_parameter(Hook::mail, "XMARK");
    ctx.accept_parameter(Hook::rcpt, "xnote");
    if (!ctx.args.flag("data", false)) ctx.skip(Hook::data);
  }

  Lines on_capabilities(Connection&) { return {"XTALK", "XMARK", "XNOTE"}; }

  Result on_unrecognized_command(Connection&, const CommandLine& line) {
    if (line.verb == "xtalk") return talk();
    if (line.verb == "xsend") return send();
    if (line.verb == "xreset") {
      session().reset_transaction();
      return done(
          Reply{.code = 250, .text = session().transaction() ? "It is still there" : "It is gone"});
    }
    if (line.verb == "xbye") return done_disconnect(Reply{.code = 221, .text = "See you"});
    return declined();
  }

  Result on_mail(Transaction&, const Address&, const Parameters& parameters) {
    if (const Parameter* const mark = parameters.find("xmark"))
      log(Level::info, "marked " + mark->value.value_or("empty"));
    return declined();
  }

  Result on_data(Transaction&) { return send(); }

 private:
  Conversation& session() const { return ctx().conversation(); }

  /// Lines up to a lone dot; none if the client is gone or sent a line that is no line.
  std::optional<Lines> lines() {
    Lines lines;
    while (true) {
      auto line = session().read_line();
      if (!line) {
        log(Level::info, "no line: " + line.error().what);
        return {};
      }
      if (*line == ".") return lines;
      lines.push_back(*std::move(line));
    }
  }

  Result talk() {
    session().send({.code = 334, .enhanced = {}, .text = "I am listening"});
    const auto said = lines();
    if (!said) return done(Reply{.code = 500, .text = "I did not understand (#5.5.2)"});
    return done(Reply{.code = 250, .text = std::to_string(said->size()) + " lines"});
  }

  Result send() {
    Transaction* const txn = session().transaction();
    if (!txn)
      return done(
          session().submit().value_or(Reply{.code = 503, .text = "There is nothing to send"}));
    session().send({.code = 354, .enhanced = {}, .text = "I take it"});
    const auto said = lines();
    if (!said) return done();
    txn->header.add_back("Subject", "sent by a plugin");
    for (const std::string& line : *said) {
      if (!txn->body().append(line + '\n'))
        return done(Reply{.code = 451, .text = "It cannot be stored"});
    }
    const auto reply = session().submit();
    log(Level::info,
        session().transaction() ? "the transaction is still there" : "the transaction is over");
    return reply ? done(*reply) : done();
  }
};

}  // namespace

SMTPD_PLUGIN(Answers, "answers", capabilities, unrecognized_command, mail, data)
