/// Inherits in both ways: from a class of its own, and from the plugin that its arguments name,
/// with the rest of them as that one's arguments; `and` begins a further parent. `without mail` in
/// front leaves that hook of the parents' out.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

/// Knows noop, vrfy and help.
class Base : public Plugin {
 public:
  using Plugin::Plugin;
  Result on_noop(Connection&, const CommandLine&) { return ok_with("base noop"); }
  Result on_vrfy(Connection&, const CommandLine&) { return ok_with("base vrfy"); }
  Result on_help(Connection&, const CommandLine&) { return ok_with("base help"); }

 private:
  Result ok_with(std::string text) const {
    log(Level::info, text);
    return ok(std::move(text));
  }
};

/// Takes noop as it is, answers vrfy by itself, and adds to help. Asks the last parent about
/// recipients first.
class Inherits final : public Base {
 public:
  explicit Inherits(PluginContext& ctx) : Base(ctx) {
    auto name = ctx.args.positional();
    if (name == "without" && ctx.args.positional() == "mail") {
      ctx.skip(Hook::mail);
      name = ctx.args.positional();
    }
    for (; name; name = ctx.args.positional()) {
      std::vector<std::string> words;
      for (auto word = ctx.args.positional(); word && word != "and"; word = ctx.args.positional()) {
        words.emplace_back(*word);
      }
      parent_ = ctx.inherit(*name, std::move(words));
    }
  }

  Result on_vrfy(Connection&, const CommandLine&) { return ok("child vrfy"); }
  Result on_help(Connection& conn, const CommandLine& line) {
    Result result = Base::on_help(conn, line);
    result.text += " and child help";
    return result;
  }
  Result on_rcpt(Transaction& txn, const Address& rcpt, const Parameters& parameters) {
    if (!parent_) return declined();
    Result result = parent_->call<Hook::rcpt>(txn, rcpt, parameters);
    log(Level::info, "the parent says " + std::string(to_string(result.verdict)));
    return rcpt.user() == "child" ? ok() : result;
  }

 private:
  std::optional<Parent> parent_;
};

}  // namespace

SMTPD_PLUGIN(Inherits, "inherits", noop, vrfy, help, rcpt)
