/// LMDB environments in one file, opened to be read without locks: the module smtpd-lmdb.
#include <lmdb.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "lib/services/map_lmdb.hpp"

namespace smtpd {
namespace {

/// LMDB trusts its file: where damage has left a wrong page number it reads outside of it. While
/// this object lives such a fault goes back to place() instead of ending the process.
class FaultGuard {
 public:
  FaultGuard() {
    struct sigaction action{};
    action.sa_handler = [](int) { leave(); };
    action.sa_flags = SA_NODEFER;
    ::sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < faults.size(); ++i) ::sigaction(faults[i], &action, &before_[i]);
  }
  ~FaultGuard() {
    for (std::size_t i = 0; i < faults.size(); ++i) ::sigaction(faults[i], &before_[i], nullptr);
  }
  FaultGuard(const FaultGuard&) = delete;
  FaultGuard& operator=(const FaultGuard&) = delete;

  static sigjmp_buf& place() {
    static sigjmp_buf buffer;
    return buffer;
  }
  [[noreturn]] static void leave() { ::siglongjmp(place(), 1); }

 private:
  static constexpr std::array faults{SIGBUS, SIGSEGV};
  std::array<struct sigaction, faults.size()> before_{};
};

/// Calls `function`, which may be left at any instruction and so owns nothing; false if it was
/// left.
template <class F>
bool survived(F&& function) {
  const FaultGuard guard;
  if (::sigsetjmp(FaultGuard::place(), 0) != 0) return false;
  function();
  return true;
}

std::string reason(int status) {
  const char* const text = status > 0 ? ::strerrordesc_np(status) : ::mdb_strerror(status);
  return text ? text : "error " + std::to_string(status);
}

class LmdbMap final : public Map {
 public:
  LmdbMap(std::string path, MDB_env* env) : Map(std::move(path)), env_(env) {}
  ~LmdbMap() override { ::mdb_env_close(env_); }
  LmdbMap(const LmdbMap&) = delete;
  LmdbMap& operator=(const LmdbMap&) = delete;

  std::expected<std::optional<std::string>, Error> find(std::string_view key) override {
    std::string name(key);
    auto value = search(name);
    if (!value || *value) return value;
    return search(name += '\0');
  }

 private:
  enum class Lookup { found, absent, too_long, failed };

  std::expected<std::optional<std::string>, Error> search(std::string& key) {
    Lookup outcome = Lookup::failed;
    if (damaged_ || !survived([&] { outcome = get(key); })) damaged_ = true;
    if (txn_) ::mdb_txn_abort(std::exchange(txn_, nullptr));
    if (damaged_) return std::unexpected(problem("damaged"));
    switch (outcome) {
      case Lookup::found: break;
      case Lookup::absent: return std::nullopt;
      case Lookup::too_long: return std::unexpected(problem("a value is too long"));
      case Lookup::failed: return std::unexpected(problem(reason(status_)));
    }
    std::string_view value(value_.data(), length_);
    if (value.ends_with('\0')) value.remove_suffix(1);  // Postfix's
    return std::string(value);
  }

  /// One read transaction; the value goes to value_.
  Lookup get(std::string& key) {
    MDB_dbi database = 0;
    unsigned flags = 0;
    MDB_val wanted{key.size(), key.data()}, found{};
    status_ = ::mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn_);
    if (status_ == 0) status_ = ::mdb_dbi_open(txn_, nullptr, 0, &database);
    if (status_ == 0) status_ = ::mdb_dbi_flags(txn_, database, &flags);
    // With numbers as keys LMDB would read eight octets of ours, however many there are.
    if (status_ == 0 && (flags & ~unsigned{MDB_DUPSORT}) != 0) status_ = MDB_INCOMPATIBLE;
    if (status_ == 0) status_ = ::mdb_get(txn_, database, &wanted, &found);
    if (status_ == MDB_NOTFOUND || status_ == MDB_BAD_VALSIZE) return Lookup::absent;
    if (status_ != 0) return Lookup::failed;
    if (found.mv_size > value_.size()) return Lookup::too_long;
    length_ = found.mv_size;
    std::memcpy(value_.data(), found.mv_data, length_);
    return Lookup::found;
  }

  MDB_env* env_;
  MDB_txn* txn_ = nullptr;
  int status_ = 0;
  bool damaged_ = false;
  std::size_t length_ = 0;
  std::array<char, longest_value> value_{};
};

std::expected<std::unique_ptr<Map>, Error> open_environment(std::string path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::unexpected(Error{Errc::not_found, path});
    return std::unexpected(system_error(path));
  }
  if (!S_ISREG(info.st_mode) || info.st_size == 0)
    return std::unexpected(Error{Errc::io, path + ": that is no LMDB file"});
  // Without locks: the lock file would have to be writable, and a transaction lasts for one
  // look-up.
  constexpr unsigned flags = MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS;
  MDB_env* env = nullptr;
  int status = MDB_CORRUPTED;
  const bool safe = survived([&] {
    status = ::mdb_env_create(&env);
    // What LMDB finds damaged by itself would end the process.
    if (status == 0)
      status = ::mdb_env_set_assert(env, [](MDB_env*, const char*) { FaultGuard::leave(); });
    if (status == 0) status = ::mdb_env_open(env, path.c_str(), flags, 0);
  });
  if (!safe || status != 0) {
    if (safe && env) ::mdb_env_close(env);
    return std::unexpected(Error{Errc::io, path + ": " + reason(safe ? status : MDB_CORRUPTED)});
  }
  return std::make_unique<LmdbMap>(std::move(path), env);
}

}  // namespace
}  // namespace smtpd

smtpd::OpenedMap smtpd_open_lmdb(std::string path) noexcept {
  try {
    return smtpd::open_environment(std::move(path));
  } catch (const std::exception&) {  // no memory: the only one there is
    return std::unexpected(smtpd::Error{smtpd::Errc::io, {}});
  }
}

extern "C" SMTPD_API std::string smtpd_lmdb_library() noexcept {
  int major = 0, minor = 0, patch = 0;
  ::mdb_version(&major, &minor, &patch);
  return "LMDB " + std::to_string(major) + '.' + std::to_string(minor) + '.' +
         std::to_string(patch);
}
