#include "lib/base/text.hpp"
#include "lib/client/exchange.hpp"
#include "lib/kit/password_store.hpp"
#include "lib/kit/server_address.hpp"

namespace smtpd {
namespace {

constexpr std::size_t longest = 512;  // CVM's bound on a request and on an answer
constexpr std::uint64_t smtp_port = 25, submission_port = 587, submissions_port = 465;

/// Version 1 of CVM: its number, account, domain and password, each with a NUL behind it, and one
/// NUL more.
std::string request_for(const std::string& user, const std::string& password) {
  constexpr char version = 1;
  const auto at = user.rfind('@');
  const std::string domain = at == user.npos ? "localhost" : user.substr(at + 1);
  return version + user.substr(0, at) + '\0' + domain + '\0' + password + '\0' + '\0';
}

}  // namespace

/// Asks a credential validation module. See doc/plugins/auth/auth_cvm_unix_local.md.
class AuthCvmUnixLocal final : public PasswordStore {
 public:
  explicit AuthCvmUnixLocal(PluginContext& ctx) : PasswordStore(ctx) {
    const std::string path = ctx.args.text("cvm_socket", "");
    if (path.empty()) throw ConfigError("it needs cvm_socket and the path of the module's socket");
    const auto socket = io::Endpoint::parse(path);
    if (!socket || socket->path.empty())
      throw ConfigError("argument cvm_socket is the absolute path of a socket, not '" +
                        printable(path) + '\'');
    socket_ = *socket;
    const bool on_smtp = ctx.args.flag("enable_smtp", false);
    const bool on_submissions = ctx.args.flag("enable_ssmtp", true);
    timeout_ = ctx.args.duration("timeout", seconds(20));
    const std::uint64_t port = port_of_server();
    const bool is_smtp = port == smtp_port || port == submission_port;
    if ((is_smtp && !on_smtp) || (port == submissions_port && !on_submissions)) {
      log(Level::info, "off on port " + std::to_string(port));
      ctx.skip(Hook::password);
    }
  }

  void on_check() { check_daemon(ctx(), socket_); }

 private:
  /// Where the server listens: PORT counts as it does for qpsmtpd.
  std::uint64_t port_of_server() {
    const auto told = to_number(ctx().services().environment.get("PORT").value_or(""));
    return told ? *told : to_number(ctx().connection().local_port).value_or(smtp_port);
  }

  PasswordCheck check(const std::string& user, const std::string& password) override {
    constexpr unsigned char valid = 0, invalid = 100;
    const std::string request = request_for(user, password);
    if (request.size() > longest) return PasswordOutcome::wrong("user and password are too long");
    auto module = Exchange::open(ctx().services(), socket_,
                                 {.deadline = ctx().clock().after(timeout_), .octets = longest});
    if (!module) return std::unexpected(module.error());
    if (const auto sent = module->say(request); !sent) return std::unexpected(sent.error());
    module->end();
    const auto answer = module->all();
    if (!answer) return std::unexpected(answer.error());
    if (answer->empty()) return module->nonsense("it does not answer");
    const auto code = static_cast<unsigned char>(answer->front());
    if (code == valid) return PasswordOutcome::accepted();
    if (code == invalid) return PasswordOutcome::unknown();
    return module->nonsense("it answers " + std::to_string(code));
  }

  io::Endpoint socket_;
  milliseconds timeout_{};
};

SMTPD_PLUGIN(AuthCvmUnixLocal, "auth/auth_cvm_unix_local", password, check)

}  // namespace smtpd
