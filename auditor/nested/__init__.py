"""Nested records (chats, JSON, structs): what rule files demand of parts of them, judged for whole batches at once."""
