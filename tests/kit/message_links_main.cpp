/// message-links DIRECTORY FILE...: what the links of messages lead to, a line each: the file, then
/// the domains and addresses. Lines of the files end in LF. For tests/plugins/links.py.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "lib/base/module.hpp"
#include "lib/kit/message_links.hpp"

int main(int count, char** names) {
  using namespace smtpd;
  if (count < 2) return 1;
  set_program_directory(names[1]);  // its modules are used
  for (int i = 2; i < count; ++i) {
    std::ifstream file(names[i], std::ios::binary);
    const std::string whole(std::istreambuf_iterator<char>(file), {});
    HeaderReader reader(SIZE_MAX);
    const std::size_t taken = reader.feed(whole);
    reader.finish();
    Body body;
    if (!body.append(reader.take_overrun()) || !body.append(whole.substr(taken))) return 1;
    const auto links = find_message_links(reader.take(), body);
    if (!links || links->trouble) return 1;
    std::string line = names[i];
    for (const std::string& domain : links->domains) line += ' ' + domain;
    for (const IpAddress& address : links->addresses) line += ' ' + address.text();
    std::puts(line.c_str());
  }
}
