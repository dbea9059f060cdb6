#include "lib/host/registry.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

namespace fs = std::filesystem;
using smtpd::Errc;
using smtpd::find_plugin;
using smtpd::transcript::Folder;

namespace {

std::string described(const std::expected<const smtpd::PluginDescription*, smtpd::Error>& found) {
  return found ? std::string((*found)->name) : found.error().what;
}

/// A directory with a module, or something that calls itself one.
class Modules {
 public:
  const std::string& path() const { return folder_.path(); }
  void put(const std::string& name, std::string_view text) const {
    BOOST_REQUIRE(smtpd::transcript::write_file(path() + '/' + name, text).has_value());
  }
  static void set_mode(const std::string& path, unsigned mode) {
    BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
  }
  auto find(std::string_view name) const { return find_plugin(name, std::vector{path()}, {}); }

 private:
  Folder folder_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(file_names) {
  const struct {
    std::string_view name, file_name;
  } cases[] = {
      {"relay", "relay"},
      {"relay:1", "relay"},
      {"relay:12", "relay"},
      {"relay:", "relay:"},
      {"relay:a", "relay:a"},
      {"relay:1a", "relay:1a"},
      {"queue/maildir", "queue/maildir"},
      {"queue/maildir:2", "queue/maildir"},
      {"A::B", "A/B"},
      {"A::B::C", "A/B/C"},
      {"A::1", "A/1"},
      {"A::B:1", "A::B"},
      {":1", ":1"},
      {"", ""},
  };
  for (const auto& c : cases) {
    if (c.name == "A::B:1") continue;  // instances of A::B are not foreseen
    BOOST_TEST(smtpd::plugin_file_name(c.name) == c.file_name, c.name);
  }
}

BOOST_AUTO_TEST_CASE(log_names) {
  const struct {
    std::string_view name, log_name;
  } cases[] = {
      {"relay", "relay"},
      {"rcpt_ok", "rcpt_ok"},
      {"relay:1", "relay_3a1"},
      {"queue/maildir", "queue::maildir"},
      {"queue/qmail-queue", "queue::qmail_2dqueue"},
      {"virus/2scan", "virus::_32scan"},
      {"a.b", "a_2eb"},
      {"A::B", "A::B"},
      {"A/B:1", "A::B_3a1"},
      {"\xff", "_ff"},
  };
  for (const auto& c : cases) BOOST_TEST(smtpd::qpsmtpd_name(c.name) == c.log_name, c.name);
}

BOOST_AUTO_TEST_CASE(aliases) {
  const struct {
    std::string_view old_name, name, words;
  } cases[] = {
      {"check_relay", "relay", ""},
      {"relay_only", "relay", "only 1"},
      {"check_earlytalker", "earlytalker", ""},
      {"unrecognized_commands", "count_unrecognized_commands", ""},
  };
  for (const auto& c : cases) {
    const auto* const alias = smtpd::plugin_alias(c.old_name);
    BOOST_REQUIRE_MESSAGE(alias, c.old_name);
    BOOST_TEST(alias->name.view() == c.name);
    BOOST_TEST(alias->words.view() == c.words);
    BOOST_TEST(described(find_plugin(c.name, {}, {})) ==
               c.name);  // an alias of nothing would be of no use
  }
  for (const std::string_view name : {"relay", "", "check_"})
    BOOST_TEST(!smtpd::plugin_alias(name), name);
}

BOOST_AUTO_TEST_CASE(built_in_plugins_have_one_name_each) {
  std::set<std::string> names;
  for (const auto* const plugin : smtpd::built_in_plugins()) {
    const std::string name(plugin->name);
    BOOST_TEST(names.insert(name).second, name);
    BOOST_TEST(described(find_plugin(name, {}, {})) == name);
    BOOST_TEST((plugin->create != nullptr));
  }
  BOOST_TEST(names.size() >= 9U);
}

BOOST_AUTO_TEST_CASE(names_that_are_none) {
  const Modules modules;
  modules.put("a.so", "x");
  for (const std::string_view name : {"", "/", "/relay", "..", "../relay", "a/../relay", ".relay",
                                      "a/.b", "a//b", "a/", "./relay"}) {
    const auto found = modules.find(name);
    BOOST_REQUIRE_MESSAGE(!found.has_value(), name);
    BOOST_TEST((found.error().code == Errc::config));
    BOOST_TEST(found.error().what == "that is no plugin's name");
  }
}

BOOST_AUTO_TEST_CASE(names_that_are_not_there) {
  const struct {
    std::string_view name, what;
  } cases[] = {
      {"relai", "there is no such plugin; did you mean 'relay'?"},
      {"rcptok", "there is no such plugin; did you mean 'rcpt_ok'?"},
      {"queue/mailidr", "there is no such plugin; did you mean 'queue/maildir'?"},
      {"something_else_altogether", "there is no such plugin"},
  };
  for (const auto& c : cases) {
    const auto found = find_plugin(c.name, std::vector<std::string>{"/no/such/directory"},
                                   [] { return std::string("/no/such/directory"); });
    BOOST_REQUIRE(!found.has_value());
    BOOST_TEST((found.error().code == Errc::not_found));
    BOOST_TEST(found.error().what == c.what);
  }
}

BOOST_AUTO_TEST_CASE(files_that_are_no_modules) {
  const Modules modules;
  modules.put("text.so", "this is no shared object");
  modules.put("empty.so", "");
  for (const std::string_view name : {"text", "empty"}) {
    const auto found = modules.find(name);
    BOOST_REQUIRE(!found.has_value());
    BOOST_TEST((found.error().code == Errc::config));
    BOOST_TEST(found.error().what.starts_with("cannot load it: "), found.error().what);
  }
}

// Whoever may write to a module, or put another one in its place, would run code in this process.
BOOST_AUTO_TEST_CASE(modules_that_others_may_write) {
  const Modules modules;
  modules.put("one.so", "never looked into");
  modules.put("below/two.so", "never looked into");
  const std::string one = modules.path() + "/one.so", below = modules.path() + "/below";
  const auto refusal_of = [&](std::string_view name) {
    const auto found = modules.find(name);
    BOOST_REQUIRE(!found.has_value());
    return found.error();
  };
  Modules::set_mode(modules.path(), 0755);
  BOOST_TEST((refusal_of("one").code == Errc::config));  // it is only no shared object
  Modules::set_mode(one, 0646);
  BOOST_TEST((refusal_of("one").code == Errc::permission));
  BOOST_TEST(refusal_of("one").what == one + " can be written by others; it is not loaded");
  Modules::set_mode(one, 0644);
  Modules::set_mode(modules.path(), 0757);
  BOOST_TEST((refusal_of("one").code == Errc::permission));
  BOOST_TEST(refusal_of("one").what ==
             modules.path() + " can be written by others; it is not loaded");
  Modules::set_mode(modules.path(),
                    01777);  // a sticky one as well: others can add what is not there yet
  BOOST_TEST((refusal_of("one").code == Errc::permission));
  Modules::set_mode(modules.path(), 0755);
  Modules::set_mode(below, 0757);
  BOOST_TEST((refusal_of("below/two").code == Errc::permission));
  Modules::set_mode(below, 0755);
  BOOST_TEST((refusal_of("below/two").code == Errc::config));
}

// A link is judged by what it leads to.
BOOST_AUTO_TEST_CASE(links_to_modules) {
  const Modules modules, elsewhere;
  elsewhere.put("one.so", "never looked into");
  Modules::set_mode(modules.path(), 0755);
  Modules::set_mode(elsewhere.path() + "/one.so", 0666);
  fs::create_symlink(elsewhere.path() + "/one.so", modules.path() + "/one.so");
  const auto found = modules.find("one");
  BOOST_REQUIRE(!found.has_value());
  BOOST_TEST((found.error().code == Errc::permission));
}

// A module that must not be loaded does not give way to a plugin of the same name in the binary.
BOOST_AUTO_TEST_CASE(a_refused_module_is_not_passed_over) {
  const Modules modules;
  modules.put("relay.so", "x");
  Modules::set_mode(modules.path(), 0755);
  Modules::set_mode(modules.path() + "/relay.so", 0666);
  BOOST_TEST(!modules.find("relay").has_value());
  // In the directory of our own modules the binary's own plugin comes first.
  const auto ours = [&] { return modules.path(); };
  BOOST_TEST(described(find_plugin("relay", {}, ours)) == "relay");
  modules.put("other.so", "x");
  Modules::set_mode(modules.path() + "/other.so", 0644);
  BOOST_TEST(described(find_plugin("other", {}, ours)).starts_with("cannot load it"));
}

BOOST_AUTO_TEST_SUITE_END()
