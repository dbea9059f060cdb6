#include "plugins/random_error.hpp"

#include <sys/random.h>

#include <optional>
#include <random>
#include <string>

#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Lets a part of all messages fail, to test what clients make of it. See
/// doc/plugins/random_error.md.
class RandomError final : public Plugin {
 public:
  explicit RandomError(PluginContext& ctx) : Plugin(ctx) {
    percent_ = ctx.args.leading_number(1, -100, 100);
    const std::int64_t seed = ctx.args.number("seed", -1, 0, INT64_MAX);
    if (seed >= 0) seed_ = static_cast<std::uint64_t>(seed);
  }

  Result on_connect(Connection&) {
    Notes& notes = ctx().connection().notes;
    if (!notes.get(note::random_fail_percent)) {
      notes.set(note::random_fail_percent, percent_);
    }
    return chance();
  }
  Result on_helo(Connection&, const Hello&) { return chance(); }
  Result on_ehlo(Connection&, const Hello&) { return chance(); }
  Result on_mail(Transaction&, const Address&, const Parameters&) { return chance(); }
  Result on_rcpt(Transaction&, const Address&, const Parameters&) { return chance(); }
  Result on_data(Transaction&) { return chance(); }
  Result on_data_post(Transaction&) { return chance(); }

 private:
  /// A message passes six stages (a client says either HELO or EHLO). Each of them lets it pass
  /// with the sixth root of what shall pass all of them: `pick` is below that root when its sixth
  /// power is below the whole.
  Result chance() {
    const std::int64_t* const note = ctx().connection().notes.get(note::random_fail_percent);
    const double passing = 1 - static_cast<double>(note ? *note : percent_) / 100;
    if (passing >= 1) return declined();
    const double pick = static_cast<double>(number() >> 11) * 0x1p-53;  // from 0 to below 1
    if (pick * pick * pick * pick * pick * pick < passing) return declined();
    const bool closes = number() % 5 < 2;
    log(Level::info, closes ? "fail, random failure, closing" : "fail, random failure");
    return closes ? denysoft_disconnect("random failure") : denysoft("random failure");
  }

  std::uint64_t number() {
    if (!generator_) {
      if (!seed_) {
        seed_ = 0;
        // Early after a boot there may be no entropy yet; a test of clients need not wait for it.
        if (::getrandom(&*seed_, sizeof *seed_, GRND_NONBLOCK) < 0)
          seed_ = static_cast<std::uint64_t>(ctx().clock().wall().time_since_epoch().count());
      }
      generator_.emplace(*seed_);
    }
    return (*generator_)();
  }

  std::int64_t percent_ = 1;
  std::optional<std::uint64_t> seed_;
  std::optional<std::mt19937_64> generator_;  // of two and a half KiB: made when it is needed
};

SMTPD_PLUGIN(RandomError, "random_error", connect, ehlo, helo, rcpt, mail, data, data_post)

}  // namespace smtpd
