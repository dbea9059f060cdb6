/// Asks the DNS. A line of config/resolves is a question, `NAME TYPE`; all of them are asked at
/// once when a recipient is given, and the answers logged. `start 1` starts them at connect;
/// `follow 1` lets what the PTR and MX records name be asked for its addresses then. With
/// `timeout N` they have so many seconds, and with `exempt 1` they are asked beyond the bound.
#include <algorithm>
#include <array>

#include "lib/base/text.hpp"
#include "lib/plugin/plugin.hpp"
#include "lib/services/resolver.hpp"

using namespace smtpd;

namespace {

using dns::Answer, dns::Budget, dns::Question, dns::Type;

std::string text_of(const Question& question, const Answer& answer) {
  constexpr std::array outcomes{"answer", "no data", "no name", "failed"};
  std::string text =
      dns::to_text(question) + ": " + outcomes[static_cast<std::size_t>(answer.outcome)];
  for (const IpAddress& address : answer.addresses) text += ' ' + address.text();
  for (const std::string& name : answer.names) text += ' ' + name;
  for (const std::string& words : answer.texts) text += " \"" + words + '"';
  for (const dns::Mx& mx : answer.exchangers)
    text += ' ' + std::to_string(mx.preference) + ':' + (mx.host.empty() ? "." : mx.host);
  for (const dns::Tlsa& tlsa : answer.associations)
    text += ' ' + std::to_string(tlsa.usage) + std::to_string(tlsa.selector) +
            std::to_string(tlsa.matching) + ':' + std::to_string(tlsa.data.size());
  if (answer.authentic) text += " authentic";
  if (!answer.owner.empty() && answer.owner != question.name) text += " at " + answer.owner;
  return answer.why.empty() ? text : text + " (" + answer.why + ')';
}

class Resolves final : public Plugin {
 public:
  explicit Resolves(PluginContext& ctx) : Plugin(ctx) {
    starts_ = ctx.args.flag("start", false);
    follows_ = ctx.args.flag("follow", false);
    timeout_ = ctx.args.duration("timeout", seconds(5));
    if (ctx.args.flag("exempt", false)) budget_ = Budget::exempt;
    for (const ConfigLine& line : ctx.config("resolves")) {
      const auto parts = words(line.text);
      for (const Type type :
           {Type::a, Type::ns, Type::ptr, Type::mx, Type::txt, Type::aaaa, Type::tlsa}) {
        if (parts.back() == dns::to_string(type))
          questions_.push_back({std::string(parts.front()), type});
      }
    }
  }

  Result on_connect(Connection& conn) {
    if (!starts_) return declined();
    for (const Question& question : questions_) {
      dns::Resolver& resolver = ctx().resolver();
      if (!follows_) {
        resolver.start(question, {}, budget_);
        continue;
      }
      resolver.start(question,
                     [this, &resolver, question, client = conn.remote_ip](const Answer& answer) {
                       log(Level::info, "came for " + client + ": " + text_of(question, answer));
                       for (const std::string& name : answer.names) resolver.start({name, Type::a});
                       for (const dns::Mx& mx : answer.exchangers)
                         resolver.start({mx.host, Type::a});
                     });
    }
    return declined();
  }

  Result on_rcpt(Transaction&, const Address&, const Parameters&) {
    const auto began = ctx().clock().now();
    const auto answers =
        ctx().resolver().ask_all(questions_, ctx().clock().after(timeout_), budget_);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      log(Level::info, text_of(questions_[i], answers[i]));
      for (const std::string& name : answers[i].names) follow(name);
      for (const dns::Mx& mx : answers[i].exchangers) follow(mx.host);
    }
    const auto took = std::chrono::duration_cast<milliseconds>(ctx().clock().now() - began);
    log(Level::info, "waited " + std::to_string(took.count()) + " ms");
    return ok();
  }

 private:
  void follow(const std::string& host) {
    if (!follows_) return;
    const Answer answer =
        dns::addresses_of(ctx().resolver(), host, ctx().clock().after(timeout_), budget_);
    log(Level::info, text_of({host, Type::a}, answer));
  }

  std::vector<Question> questions_;
  bool starts_ = false, follows_ = false;
  milliseconds timeout_{};
  Budget budget_ = Budget::counted;
};

}  // namespace

SMTPD_PLUGIN(Resolves, "resolves", connect, rcpt)
