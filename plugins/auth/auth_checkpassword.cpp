#include "lib/base/text.hpp"
#include "lib/io/spawn.hpp"
#include "lib/kit/password_store.hpp"

namespace smtpd {

/// Asks a program in the manner of checkpassword. See doc/plugins/auth/auth_checkpassword.md.
class AuthCheckpassword final : public PasswordStore {
 public:
  explicit AuthCheckpassword(PluginContext& ctx) : PasswordStore(ctx) {
    program_ = path_of(ctx, "checkpw");
    next_ = path_of(ctx, "true");
    timeout_ = ctx.args.duration("timeout", seconds(20));
    if (program_.empty() != next_.empty())
      throw ConfigError("it needs both checkpw and true, or neither");
  }

  void on_check() {
    const auto [program, next] = programs();
    for (const std::string& path : {program, next}) {
      if (const std::string why = io::why_not_runnable(path); !why.empty()) ctx().problem(why);
    }
  }

 private:
  struct ProgramPair {
    std::string program, next;
  };

  static std::string path_of(PluginContext& ctx, std::string_view argument) {
    std::string path = ctx.args.text(argument, "");
    if (!path.empty() && !path.starts_with('/'))
      throw ConfigError("argument " + std::string(argument) + " is an absolute path, not '" +
                        printable(path) + '\'');
    return path;
  }

  /// Those of the arguments, else of the file. A file that does not name both is thrown.
  ProgramPair programs() {
    if (!program_.empty()) return {program_, next_};
    const auto& lines = ctx().config("smtpauth-checkpassword");
    if (lines.empty())
      throw ConfigError("there are neither arguments nor a file smtpauth-checkpassword");
    const auto parts = words(lines.front().text);
    if (parts.size() != 2)
      throw ConfigError(lines.front().where() + ": it names two programs, CHECKPW TRUE");
    return {std::string(parts[0]), std::string(parts[1])};
  }

  PasswordCheck check(const std::string& user, const std::string& password) override {
    constexpr int unacceptable = 1, rejected = 100;  // the second by cvm-checkpassword
    const auto [program, next] = programs();
    const std::string told = user + '\0' + password + '\0' + "Y123456" + '\0';
    const auto outcome = ctx().services().programs.run({.path = program,
                                                        .arguments = {next},
                                                        .inputs = {{.descriptor = 3, .text = told}},
                                                        .deadline = ctx().clock().after(timeout_)});
    if (!outcome) return std::unexpected(outcome.error());
    if (outcome->exit_code == 0) return PasswordOutcome::accepted();
    if (outcome->exit_code == unacceptable || outcome->exit_code == rejected)
      return PasswordOutcome::unknown();
    return std::unexpected(
        Error{Errc::io, outcome->signal != 0
                            ? program + " was ended by signal " + std::to_string(outcome->signal)
                            : program + " exits with " + std::to_string(outcome->exit_code)});
  }

  std::string program_, next_;
  milliseconds timeout_{};
};

SMTPD_PLUGIN(AuthCheckpassword, "auth/auth_checkpassword", password, check)

}  // namespace smtpd
