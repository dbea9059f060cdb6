/// Knows nothing of rehearsals, and tries at MAIL each way in which a plugin could change
/// something: a connection, a program, a temporary file, and a file of its own at `file PATH`. Its
/// log says which have worked.
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "lib/client/exchange.hpp"
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

class WaysOut final : public Plugin {
 public:
  explicit WaysOut(PluginContext& ctx) : Plugin(ctx), file_(ctx.args.text("file", "")) {}

  Result on_mail(Transaction&, const Address&, const Parameters&) {
    const Deadline deadline = ctx().clock().after(seconds(2));
    Services& services = ctx().services();
    tell("connects",
         Exchange::open(services, {"127.0.0.1", 9, ""}, {.deadline = deadline}).has_value());
    const io::Program touch{
        .path = "/bin/touch", .arguments = {file_ + ".touched"}, .deadline = deadline};
    tell("runs a program", services.programs.run(touch).has_value());
    tell("makes a temporary file", ctx().temp_file().has_value());
    const int fd = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    tell("makes a file", fd >= 0);
    if (fd >= 0) ::close(fd);
    return declined();
  }

 private:
  void tell(const std::string& what, bool has_worked) const {
    log(Level::info, (has_worked ? "it " : "it never ") + what);
  }

  std::string file_;
};

}  // namespace

SMTPD_PLUGIN(WaysOut, "ways_out", mail)
