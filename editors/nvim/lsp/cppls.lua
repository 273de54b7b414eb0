-- cppls for Neovim 0.11 and newer: `vim.lsp.enable('cppls')` reads this file from the runtime path.
-- What a user sets with vim.lsp.config('cppls', {...}) is merged over it.

---@type vim.lsp.Config
return {
  cmd = { 'cppls' },
  filetypes = { 'c', 'cpp', 'objc', 'objcpp', 'cuda' },
  -- The first group counts before the second, wherever each is found.
  root_markers = {
    { 'compile_commands.json', 'compile_flags.txt', 'build/compile_commands.json' },
    '.git',
  },
  -- Settings are the user's to add, as docs/CONFIGURATION.md lists them: init_options = { jobs = 2 }.
}
