//===- WeightSection.cpp - The section that holds the weights -------------===//
//
// The section is "large" (SHF_X86_64_LARGE), which keeps gigabytes of weights
// out of the reach of 32-bit relocations between the other sections. In a
// shared library it must be writable while it is linked: only then does it get
// a segment of its own, behind everything else. The segment becomes read-only
// when it is filled.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/WeightSection.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/MathExtras.h"
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace llvm::ELF;

namespace tenon::cpu {
namespace {

constexpr uint64_t pageBytes = 4096;

/// In objects it is named so that linker scripts know it as large.
StringRef sectionName(ArtifactForm form) {
  return form == ArtifactForm::shared ? ".tenon.weights" : ".lrodata.tenon";
}

/// A string table that is built while names are asked for.
struct StringTable {
  std::string bytes = std::string(1, '\0');
  Elf64_Word add(StringRef name) {
    Elf64_Word at = bytes.size();
    bytes += name;
    bytes += '\0';
    return at;
  }
};

template <typename T> void append(std::string &file, const T &value) {
  file.append(reinterpret_cast<const char *>(&value), sizeof(T));
}

Elf64_Ehdr objectHeader(uint64_t sectionTable, unsigned sections,
                        unsigned nameTable) {
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ElfMagic, 4);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_shoff = sectionTable;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = sections;
  header.e_shstrndx = nameTable;
  return header;
}

} // namespace

std::string makeWeightStub(uint64_t bytes, ArtifactForm form) {
  enum { none, weights, symbols, symbolNames, names, stackNote, count };
  StringTable nameTable, symbolTable;
  Elf64_Shdr sections[count] = {};

  Elf64_Sym symbol[2] = {};
  symbol[1].st_name = symbolTable.add(weightsSymbol);
  symbol[1].setBindingAndType(STB_GLOBAL, STT_OBJECT);
  symbol[1].st_other = STV_HIDDEN;
  symbol[1].st_shndx = weights;
  symbol[1].st_size = bytes;

  auto set = [&](unsigned i, StringRef name, unsigned type,
                 uint64_t alignment) {
    sections[i].sh_name = nameTable.add(name);
    sections[i].sh_type = type;
    sections[i].sh_addralign = alignment;
  };
  set(weights, sectionName(form), SHT_NOBITS, pageBytes);
  set(symbols, ".symtab", SHT_SYMTAB, alignof(Elf64_Sym));
  set(symbolNames, ".strtab", SHT_STRTAB, 1);
  set(names, ".shstrtab", SHT_STRTAB, 1);
  set(stackNote, ".note.GNU-stack", SHT_PROGBITS, 1);
  sections[weights].sh_flags = SHF_ALLOC | SHF_X86_64_LARGE;
  if (form == ArtifactForm::shared)
    sections[weights].sh_flags |= SHF_WRITE;
  sections[weights].sh_size = bytes;
  sections[symbols].sh_link = symbolNames;
  sections[symbols].sh_info = 1; // the first global symbol
  sections[symbols].sh_entsize = sizeof(Elf64_Sym);

  std::string file(sizeof(Elf64_Ehdr), '\0');
  auto place = [&](unsigned i, StringRef contents) {
    sections[i].sh_offset = file.size();
    sections[i].sh_size = contents.size();
    file += contents;
  };
  place(symbols, {reinterpret_cast<const char *>(symbol), sizeof(symbol)});
  place(symbolNames, symbolTable.bytes);
  place(names, nameTable.bytes);
  file.resize(alignTo(file.size(), alignof(Elf64_Shdr)));
  Elf64_Ehdr header = objectHeader(file.size(), count, names);
  for (const Elf64_Shdr &section : sections)
    append(file, section);
  std::memcpy(file.data(), &header, sizeof(header));
  return file;
}

namespace {

/// A linked file whose headers are edited in place.
class ElfFile {
public:
  static Expected<ElfFile> open(StringRef path) {
    ElfFile file;
    file.path = path.str();
    file.fd = ::open(file.path.c_str(), O_RDWR | O_CLOEXEC);
    if (file.fd < 0)
      return file.problem();
    return file;
  }
  ElfFile(ElfFile &&other) : path(other.path), fd(other.fd) { other.fd = -1; }
  ~ElfFile() {
    if (fd >= 0)
      ::close(fd);
  }

  Error problem() const {
    std::error_code code(errno, std::generic_category());
    return createStringError(code, "'" + path + "': " + code.message());
  }
  template <typename T>
  Error read(std::vector<T> &items, size_t count, uint64_t at) const {
    items.resize(count);
    ssize_t bytes = count * sizeof(T);
    return ::pread(fd, items.data(), bytes, at) == bytes ? Error::success()
                                                         : problem();
  }
  template <typename T> Error write(const T &item, uint64_t at) const {
    return ::pwrite(fd, &item, sizeof(T), at) == ssize_t(sizeof(T))
               ? Error::success()
               : problem();
  }
  Expected<uint64_t> size() const {
    struct stat status;
    if (::fstat(fd, &status))
      return problem();
    return status.st_size;
  }
  Error resize(uint64_t bytes) const {
    return ::ftruncate(fd, bytes) ? problem() : Error::success();
  }
  int descriptor() const { return fd; }

private:
  ElfFile() = default;
  std::string path;
  int fd = -1;
};

/// A header and where it is in the file.
template <typename Header> struct Located {
  Header header;
  uint64_t at = 0;
};

Expected<Located<Elf64_Shdr>>
findSection(const ElfFile &file, const Elf64_Ehdr &header, StringRef name) {
  std::vector<Elf64_Shdr> sections;
  if (Error error = file.read(sections, header.e_shnum, header.e_shoff))
    return error;
  const Elf64_Shdr &table = sections[header.e_shstrndx];
  std::vector<char> names;
  if (Error error = file.read(names, table.sh_size, table.sh_offset))
    return error;
  for (auto [i, section] : enumerate(sections))
    if (section.sh_type == SHT_NOBITS && name == &names[section.sh_name])
      return Located<Elf64_Shdr>{section,
                                 header.e_shoff + i * sizeof(Elf64_Shdr)};
  return createStringError("the linker left no section '" + name + "'");
}

Expected<Located<Elf64_Phdr>> findSegment(const ElfFile &file,
                                          const Elf64_Ehdr &header,
                                          const Elf64_Shdr &section) {
  std::vector<Elf64_Phdr> segments;
  if (Error error = file.read(segments, header.e_phnum, header.e_phoff))
    return error;
  for (auto [i, segment] : enumerate(segments))
    if (segment.p_type == PT_LOAD && segment.p_vaddr == section.sh_addr &&
        segment.p_filesz == 0 && segment.p_memsz == section.sh_size)
      return Located<Elf64_Phdr>{segment,
                                 header.e_phoff + i * sizeof(Elf64_Phdr)};
  return createStringError(
      "the linker gave the weights no segment of their own");
}

} // namespace

Error fillWeightSection(StringRef path, const WeightBlob &weights,
                        ArtifactForm form) {
  Expected<ElfFile> file = ElfFile::open(path);
  if (!file)
    return file.takeError();
  std::vector<Elf64_Ehdr> header;
  if (Error error = file->read(header, 1, 0))
    return error;
  auto section = findSection(*file, header.front(), sectionName(form));
  if (!section)
    return section.takeError();
  Expected<uint64_t> end = file->size();
  if (!end)
    return end.takeError();
  uint64_t at = alignTo(*end, pageBytes);
  if (Error error = file->resize(at + weights.bytes))
    return error;
  if (Error error = writeWeights(weights, file->descriptor(), at))
    return error;

  if (form == ArtifactForm::shared) {
    auto segment = findSegment(*file, header.front(), section->header);
    if (!segment)
      return segment.takeError();
    segment->header.p_offset = at;
    segment->header.p_filesz = weights.bytes;
    segment->header.p_flags = PF_R;
    if (Error error = file->write(segment->header, segment->at))
      return error;
  }
  section->header.sh_type = SHT_PROGBITS;
  section->header.sh_flags &= ~uint64_t(SHF_WRITE);
  section->header.sh_offset = at;
  return file->write(section->header, section->at);
}

} // namespace tenon::cpu
