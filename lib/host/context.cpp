/// What the host does for a plugin.
#include <algorithm>
#include <iterator>

#include "lib/base/hex.hpp"
#include "lib/base/text.hpp"
#include "lib/host/host.hpp"
#include "lib/services/rehearsal.hpp"
#include "lib/smtp/dsn.hpp"

namespace smtpd {

std::string qpsmtpd_name(std::string_view name) {
  if (name.find("::") != name.npos) return std::string(name);
  std::string result;
  result.reserve(name.size() + 2);
  const char* at = name.data();
  const char* const end = at + name.size();
  while (true) {
    const char* const plain = at;
    while (at != end && (is_alnum(*at) || *at == '_')) ++at;
    result.append(plain, at);
    if (at == end) return result;
    bool escaped = *at != '/';
    if (!escaped) {
      result += "::";
      ++at;
      escaped = at != end && is_digit(*at);  // no name begins with a digit
    }
    if (!escaped) continue;
    append_hex(result += '_', *at++);
  }
}

PluginContext::PluginContext(Host& host, std::string name, std::vector<std::string> words,
                             LinePlace place)
    : args(std::move(words)), host_(host), name_(std::move(name)), place_(place) {}

std::string PluginContext::plugin_name() const { return qpsmtpd_name(name_); }

std::expected<const std::vector<ConfigLine>*, Error> PluginContext::find_config(
    std::string_view key) {
  return host_.parts_.config.lines(key);
}

std::expected<std::optional<Config::Entry>, Error> PluginContext::find_in_map(
    std::string_view key, std::string_view name) {
  auto entry = host_.parts_.config.lookup(key, name);
  if (entry && *entry) found((*entry)->file, name);
  return entry;
}

void PluginContext::found(const ConfigLine& line) const {
  if (Rehearsal* const rehearsal = services().rehearsal) rehearsal->found(line.where(), line.text);
}

void PluginContext::found(std::string_view place, std::string_view what) const {
  if (Rehearsal* const rehearsal = services().rehearsal) rehearsal->found(place, what);
}

bool PluginContext::rehearses(std::string_view what) const {
  Rehearsal* const rehearsal = services().rehearsal;
  if (rehearsal) rehearsal->left_out(what);
  return rehearsal != nullptr;
}

bool PluginContext::has_map(std::string_view key) { return host_.parts_.config.has_map(key); }

const std::string& PluginContext::config_directory() const {
  return host_.parts_.config.directory();
}

std::expected<bool, Error> PluginContext::find_flag(std::string_view key, bool fallback) {
  return host_.parts_.config.flag(key, fallback);
}

std::expected<std::optional<PluginContext::AddressConfig>, Error> PluginContext::own_config(
    const Address& address, std::string_view key) {
  using Source = AddressConfig::Source;
  if (auto answer = host_.first<Hook::user_config>(address, key)) {
    hook_lines_ = std::make_unique<HookLines>();
    auto& [place, lines] = *hook_lines_;
    place = std::string(key) + " of " + address.text();
    for (std::string& text : *answer) {
      const auto number = static_cast<unsigned>(lines.size() + 1);
      lines.push_back({.text = std::move(text), .file = place, .line = number});
    }
    return AddressConfig{Source::hook, &lines};
  }
  if (address.is_null()) return std::nullopt;
  const auto own = host_.parts_.config.user_lines(address.user(), address.host_or(me()), key);
  if (!own) return std::unexpected(own.error());
  if (*own && !(*own)->empty()) found((*own)->front().file, "the user's own");
  return *own ? std::optional(AddressConfig{Source::user, *own}) : std::nullopt;
}

std::expected<PluginContext::AddressConfig, Error> PluginContext::find_config_for(
    const Address& address, std::string_view key) {
  using Source = AddressConfig::Source;
  const auto whole = own_config(address, key);
  if (!whole) return std::unexpected(whole.error());
  if (*whole) return **whole;
  const auto owner = without_detail(address);
  if (!owner) return std::unexpected(owner.error());
  if (*owner) {
    const auto own = own_config(**owner, key);
    if (!own) return std::unexpected(own.error());
    if (*own) return **own;
  }
  Config& config = host_.parts_.config;
  if (!address.is_null()) {
    const auto domain = config.domain_lines(address.host_or(me()), key);
    if (!domain) return std::unexpected(domain.error());
    if (*domain && !(*domain)->empty()) found((*domain)->front().file, "the domain's own");
    if (*domain) return AddressConfig{Source::user, *domain};
  }
  const auto lines = config.lines(key);
  if (!lines) return std::unexpected(lines.error());
  return AddressConfig{Source::site, *lines};
}

std::expected<std::optional<Address>, Error> PluginContext::without_detail(const Address& address) {
  const auto delimiter = host_.parts_.config.delimiter();
  if (!delimiter) return std::unexpected(delimiter.error());
  if (!*delimiter || host_.whole_.contains(lower(address.plain()))) return std::nullopt;
  return address.without_detail(**delimiter);
}

void PluginContext::keep_whole(const Address& address) {
  const auto delimiter = host_.parts_.config.delimiter();
  if (delimiter && *delimiter && address.without_detail(**delimiter))
    host_.whole_.insert(lower(address.plain()));
}

std::vector<std::expected<const std::vector<ConfigLine>*, Error>> PluginContext::every_user_config(
    std::string_view key) {
  std::vector<std::expected<const std::vector<ConfigLine>*, Error>> all;
  Config& config = host_.parts_.config;
  for (const std::string& owner : config.users()) {
    auto lines = config.domain_lines(owner, key);
    if (!lines || *lines) all.push_back(std::move(lines));
  }
  return all;
}

void PluginContext::add_handler(Hook hook, Thunk thunk, Place place, Closure closure) {
  Host::Chain& chain = host_.chain(hook);
  const Host::Handler handler{closure.get(), thunk, this, place};
  chain.insert(place == Place::front ? chain.begin() : chain.end(), handler);
  host_.closures_.push_back(std::move(closure));
}

std::expected<Parent, Error> PluginContext::make_parent(std::string_view name,
                                                        std::vector<std::string> words) {
  const HookSet child = host_.constructing_;
  auto made = host_.make(std::string(name), std::move(words), place_);
  if (!made) return std::unexpected(made.error());
  Plugin* const parent = made->plugin.get();
  const HookList* const hooks = &made->description->hooks;
  host_.enlist(*hooks, *parent, *this, child);
  enforces_ = enforces_ || made->ctx->enforces_;
  keeps_require_tls_ =
      keeps_require_tls_ || (!child.has(Hook::queue) && made->ctx->keeps_require_tls_);
  host_.loaded_.push_back(*std::move(made));
  return Parent(parent, hooks);
}

Result PluginContext::replace_recipient(Transaction& txn, std::span<const Address> targets,
                                        const Parameters& parameters) {
  std::vector<Address> taken;
  for (const Address& target : targets) {
    txn.instead.clear();
    Result judged = host_.judge_recipient_after(*this, txn, target, parameters);
    if (judged.verdict == Verdict::ok) {  // perhaps for others again
      if (txn.instead.empty()) txn.instead.push_back(target);
      std::ranges::move(txn.instead, std::back_inserter(taken));
      continue;
    }
    const bool answered = judged.verdict == Verdict::done;
    const bool temporary =
        is_temporary(judged.verdict) || (answered && (!judged.reply || judged.reply->code < 500));
    log(Level::notice, "info, " + target.text() + (temporary ? " is put off: " : " is left out: ") +
                           std::string(to_string(judged.verdict)) + ' ' +
                           (judged.reply ? judged.reply->text : judged.text));
    if (!temporary) continue;
    txn.instead.clear();
    if (!answered) judged.verdict = Verdict::denysoft;
    return judged;
  }
  txn.instead = std::move(taken);
  if (txn.instead.empty())
    return dsn::mbox_list_expansion_problem("nobody is left behind that address, try again later");
  return ok();
}

void PluginContext::accept_parameter(Hook mail_or_rcpt, std::string_view keyword) {
  auto& list = mail_or_rcpt == Hook::mail ? host_.mail_parameters_ : host_.rcpt_parameters_;
  list.push_back(lower(keyword));
}

std::expected<dns::Resolver*, Error> PluginContext::find_resolver() { return host_.resolver(); }
Services& PluginContext::services() const { return host_.parts_.services; }
Connection& PluginContext::connection() { return host_.parts_.conn; }
void PluginContext::listen_before_greeting() { host_.listens_before_greeting_ = true; }

Conversation* PluginContext::find_conversation() { return host_.conversation_; }
const std::string& PluginContext::me() const { return host_.me(); }
Level PluginContext::log_level() const { return adjusted(host_.parts_.log.level()); }

bool PluginContext::observes() const {
  return !enforces_ && (told_to_observe_ || host_.observing());
}

std::optional<std::string> PluginContext::read_common_arguments() {
  auto problem = read_log_level();
  return problem ? problem : read_observe();
}

std::optional<std::string> PluginContext::read_observe() {
  const auto told = args.named_flag("observe", false);
  if (!told) return told.error();
  told_to_observe_ = *told;
  return {};
}

std::optional<std::string> PluginContext::read_log_level() {
  const auto value = args.named("loglevel");
  if (!value) return value.error();
  if (!*value) return {};
  const std::string_view text = **value;
  const bool shift = text.starts_with('+') || text.starts_with('-');
  const auto named = to_level(text.substr(shift ? 1 : 0));
  if (!named || (shift && !is_digit(text[1])))
    return "argument loglevel is 0 to 7 or a level's name, or +N or -N, not '" + printable(text) +
           '\'';
  const int level = static_cast<int>(*named);
  if (shift) {
    log_shift_ = text[0] == '-' ? -level : level;
  } else {
    log_level_ = level;
  }
  return {};
}

Level PluginContext::adjusted(Level level) const {
  return static_cast<Level>(
      std::clamp(log_level_.value_or(static_cast<int>(level)) + log_shift_, 0, 7));
}

bool PluginContext::logs(Level level) const { return host_.parts_.log.wants(adjusted(level)); }

void PluginContext::log(Level level, std::string_view text) {
  const std::string_view hook = host_.hook_ ? to_string(*host_.hook_) : std::string_view();
  host_.parts_.log.log(adjusted(level), text, hook, name_);
}

void PluginContext::problem(std::string_view text) { host_.report(*this, text); }

std::expected<std::string, Error> PluginContext::temporary(
    std::string_view what,
    std::expected<std::string, Error> (*make)(const std::string& directory)) {
  if (rehearses("make " + std::string(what)))
    return std::unexpected(Error{Errc::io, "no files are made in a rehearsal"});
  Transaction* const txn = host_.conversation_ ? host_.conversation_->transaction() : nullptr;
  if (!txn)
    return std::unexpected(
        Error{Errc::io, std::string(what) + " belongs to a transaction, and there is none"});
  const auto directory = host_.conversation_->spool_directory();
  if (!directory) return directory;
  auto path = make(*directory);
  if (path) txn->temporary.emplace_back(*path);
  return path;
}

std::expected<std::string, Error> PluginContext::temp_file() {
  return temporary("a temporary file", io::make_temp_file);
}

std::expected<std::string, Error> PluginContext::temp_dir() {
  return temporary("a temporary directory",
                   [](const std::string& directory) { return io::make_temp_dir(directory, 0700); });
}

}  // namespace smtpd
