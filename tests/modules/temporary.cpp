/// Makes a temporary file and a directory with something in it at MAIL, and tells at NOOP what has
/// become of them. `early` asks for the session in the constructor.
#include <sys/stat.h>

#include <array>
#include <cstdio>

#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

std::string octal(unsigned mode) {
  std::string text;
  for (; mode > 0; mode /= 8) text.insert(text.begin(), static_cast<char>('0' + mode % 8));
  return text;
}

class Temporary final : public Plugin {
 public:
  explicit Temporary(PluginContext& ctx) : Plugin(ctx) {
    if (const auto made = ctx.temp_file(); !made)
      log(Level::info, "in the constructor: " + made.error().what);
    if (ctx.args.flag("early", false)) log(Level::info, *ctx.conversation().spool_directory());
  }

  Result on_connect(Connection&) {
    const auto spool = ctx().conversation().spool_directory();
    log(Level::info, "the spool directory is " + (spool ? *spool : spool.error().what));
    for (const auto& made : {ctx().temp_file(), ctx().temp_dir()}) {
      log(Level::info, made ? "made " + *made : made.error().what);
    }
    return declined();
  }

  Result on_mail(Transaction&, const Address&, const Parameters&) {
    const auto file = ctx().temp_file(), directory = ctx().temp_dir();
    if (!file || !directory) return denysoft((file ? directory : file).error().what);
    paths_ = {*file, *directory, *directory + "/inside"};
    if (std::FILE* const inside = std::fopen(paths_[2].c_str(), "we")) std::fclose(inside);
    tell();
    return declined();
  }

  Result on_noop(Connection&, const CommandLine&) {
    tell();
    return declined();
  }

 private:
  void tell() const {
    constexpr std::array names{"file", "directory", "inside"};
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      struct stat info{};
      const bool there = ::stat(paths_[i].c_str(), &info) == 0;
      log(Level::info, std::string(names[i]) +
                           (there ? " has mode " + octal(info.st_mode & 07777) : " is gone"));
    }
  }

  std::vector<std::string> paths_;
};

}  // namespace

SMTPD_PLUGIN(Temporary, "temporary", connect, mail, noop)
