-- cppls for Neovim 0.11 and newer: `vim.lsp.enable('cppls')` reads this file from the runtime path.
-- What a user sets with vim.lsp.config('cppls', {...}) is merged over it.

---`:CppStatus`: budget, memory and health of each project.
local function show_status(client)
  client:request('cppls/status', nil, function(err, status)
    if err then
      vim.notify(err.message, vim.log.levels.ERROR)
      return
    end
    for _, each in ipairs(status.memory) do
      vim.notify(('cppls %s: %d of %d MB, %s, %d files wait, %d documents asleep'):format(
        each.root,
        each.now / 2 ^ 20,
        each.budget / 2 ^ 20,
        each.health,
        each.queue,
        each.documents.suspended + each.documents.spilled
      ))
    end
  end)
end

---@type vim.lsp.Config
return {
  on_attach = function(client, buffer)
    vim.api.nvim_buf_create_user_command(buffer, 'CppStatus', function()
      show_status(client)
    end, { desc = 'Memory and health of cppls' })
  end,
  cmd = { 'cppls' },
  filetypes = { 'c', 'cpp', 'objc', 'objcpp', 'cuda' },
  -- The first group counts before the second, wherever each is found.
  root_markers = {
    { 'compile_commands.json', 'compile_flags.txt', 'build/compile_commands.json' },
    '.git',
  },
  -- Settings are the user's to add, as docs/CONFIGURATION.md lists them: init_options = { jobs = 2 }.
}
