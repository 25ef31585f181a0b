"""Programs of others that speak with the server in its tests; `./install.sh dev` fetches them."""
