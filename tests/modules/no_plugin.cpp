/// A shared object that is no plugin.
namespace smtpd {

[[gnu::visibility("default")]] extern const int nothing;
const int nothing = 0;

}  // namespace smtpd
